// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/change.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

constexpr const char* k_uninstaller = "/usr/bin/nvidia-uninstall";

/// No driver of NVIDIA's .run installer: its files belong to no package, and hide those that do.
class NoRunfile final : public Resource {
 public:
  Inspection inspect(const Host& host, std::stop_token) const override {
    const std::string left = left_of(host);
    if (left.empty()) return AsWanted{"no driver of a .run installer"};
    return Differs{left, "no driver of a .run installer"};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    if (left_of(context.host).empty()) return Done{};
    if (!find_program(context.host.files, "nvidia-uninstall")) {
      throw Error(Code::not_found,
                  format("cannot uninstall the driver of NVIDIA's .run installer: {} is gone", k_uninstaller),
                  "run the installer of that version once more, with --uninstall");
    }
    const Finished finished = change(context, "uninstalling the driver of a .run installer",
                                     {"nvidia-uninstall", "--silent"}, false);
    if (finished.ok()) return Done{};
    throw Error(Code::program,
                format("cannot uninstall the driver of NVIDIA's .run installer: {}",
                       failure_text("nvidia-uninstall", finished)),
                "/var/log/nvidia-installer.log has more");
  }

  std::vector<Consent> consents(const Host& host) const override {
    const std::string left = left_of(host);
    if (left.empty()) return {};
    return {{"replace", format("would uninstall {}, in whose place packages come", left)}};
  }

 private:
  static std::string left_of(const Host& host) {
    const Facts facts = gather_facts(host);
    if (!facts.nvidia.run_installed()) return "";
    for (const NvidiaLibrary& library : facts.nvidia.libraries) {
      if (!library.owned && !library.version.empty())
        return format("the driver {} of a .run installer", library.version);
    }
    return "the driver of a .run installer";
  }
};

std::string title(const Fields&) { return "no driver of NVIDIA's .run installer"; }

std::unique_ptr<Resource> make(const Step&, const Attachments&, Complaints&) {
  return std::make_unique<NoRunfile>();
}

}  // namespace

const Kind& nvidia_runfile_kind() {
  static const Kind kind = {
      .name = "nvidia_runfile",
      .summary = "No driver of NVIDIA's .run installer: it is uninstalled, with the consent \"replace\".",
      .example = "- nvidia_runfile:\n",
      .fields = {},
      .hold = Hold::dpkg,
      .usual = std::chrono::seconds(20),
      .title = title,
      .make = make,
  };
  return kind;
}

}  // namespace rigsetup
