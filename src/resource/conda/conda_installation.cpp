// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/change.hpp"
#include "resource/conda/conda_prefix.hpp"
#include "resource/conda/conda_release.hpp"
#include "resource/program_file.hpp"
#include "resource/work_in_target.hpp"

namespace rigsetup {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t k_largest = 2ull << 30;  // bytes; a release has about 110 MB

class CondaInstallation final : public Resource {
 public:
  explicit CondaInstallation(const Fields& fields)
      : prefix_(fields.text("prefix")),
        version_(fields.text("version")),
        url_(fields.text("url")),
        sha256_(fields.text("sha256")) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const CondaPrefix found = read_conda_prefix(host.files, prefix_);
    const std::string have = difference(host.files, found);
    if (have.empty()) return AsWanted{found.conda.empty() ? "conda" : "conda " + found.conda};
    return Differs{have, "Miniforge " + version_};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    const CondaPrefix found = read_conda_prefix(files, prefix_);
    if (difference(files, found).empty()) return Done{};
    refuse_what_is_in_the_way(files, found);
    const fs::path installer = fetch(context);
    write_conda_record(files, prefix_, {version_, false});
    if (found.exists) remove_conda_prefix(files, prefix_);
    files.make_directories(fs::path(prefix_).parent_path());
    run(context, installer);
    const CondaPrefix made = read_conda_prefix(files, prefix_);
    if (!made.whole) {
      throw error(Code::program, "the installer ended well, and no whole conda is there",
                  "the step's log has what it printed");
    }
    write_conda_record(files, prefix_, {version_, true});
    files.remove_all(work());
    return Done{};
  }

  std::vector<Thing> things() const override { return {{"conda_installation", prefix_}}; }

  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    const CondaPrefix found = read_conda_prefix(host.files, prefix_);
    const auto record = read_conda_record(host.files, prefix_);
    const bool unfinished = record && !record->complete;
    if (found.exists && !found.is_empty && !unfinished) return {};
    return things();
  }

 private:
  fs::path work() const { return conda_state_folder(prefix_) / "attempt"; }

  /// Empty when nothing has to be done. One that is whole stays as it is, whatever release it came from: its
  /// owner updates it by conda itself.
  std::string difference(const Tree& files, const CondaPrefix& found) const {
    if (!found.exists || found.is_empty) return "absent";
    if (const Owner owner = code_owner(files, prefix_); owner.uid != 0)
      return format("it belongs to user {}", owner.uid);
    if (found.whole) return "";
    const auto record = read_conda_record(files, prefix_);
    if (!record) return "something else";
    return record->complete ? "a damaged installation" : "an unfinished installation";
  }

  void refuse_what_is_in_the_way(const Tree& files, const CondaPrefix& found) const {
    if (const Owner owner = code_owner(files, prefix_); owner.uid != 0) {
      throw error(Code::conflict, format("it, or a folder above it, belongs to user {}", owner.uid),
                  "everybody's shells read its files: name a prefix whose folders are root's, as /opt/conda");
    }
    if (!found.exists || found.is_empty) return;
    const auto record = read_conda_record(files, prefix_);
    if (record && !record->complete) return;
    throw error(Code::conflict,
                record ? "it was damaged after it was made, and environments may be in it"
                       : "something else is there",
                "move it away, or name another prefix");
  }

  /// The installer, verified, where the target can run it. What an earlier try has fetched is gone on with.
  fs::path fetch(const Context& context) const {
    const Tree& files = context.host.files;
    const fs::path installer = work() / "installer.sh";  // it insists on that ending
    Progress progress;
    progress.label = "fetching Miniforge " + version_;
    context.reporter.progress(progress);
    files.make_directories(work(), 0700);
    context.downloads.fetch({url_, outside_of(files, work()) / "installer.sh", sha256_, k_largest}, {},
                            context.stop);
    return installer;
  }

  void run(const Context& context, const fs::path& installer) const {
    Command command;
    command.argv = {"sh", installer.string(), "-b", "-p", prefix_};
    if (context.host.files.info(prefix_)) command.argv.push_back("-f");  // only environments are in it
    // It writes ~/.conda, and unpacks beside TMPDIR: nothing of that is left in root's home.
    command.environment = {{"HOME", work().string()}, {"TMPDIR", work().string()}};
    const Finished finished = change(context, "installing Miniforge " + version_, std::move(command), true);
    if (finished.ok()) return;
    throw error(Code::program, failure_text("the installer", finished),
                "the whole output is in the step's log");
  }

  Error error(Code code, const std::string& cause, const std::string& hint) const {
    return Error(code, format("cannot install conda in {}: {}", prefix_, cause), hint);
  }

  std::string prefix_;
  std::string version_;
  std::string url_;
  std::string sha256_;
};

class NoInstallations final : public Resource {
 public:
  explicit NoInstallations(const std::vector<Thing>& things) : things_(things) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    std::vector<std::string> have;
    for (const Thing& thing : things_) {
      if (read_conda_record(host.files, thing.name)) have.push_back(thing.name);
    }
    if (have.empty()) return AsWanted{"absent"};
    return Differs{join(have, ", "), "absent"};
  }

  Applied apply(const Context& context) const override {
    const Tree& files = context.host.files;
    for (const Thing& thing : things_) {
      if (context.stop.stop_requested()) throw Cancelled();
      if (!read_conda_record(files, thing.name)) continue;  // somebody else's
      Progress progress;
      progress.label = "removing " + thing.name;
      context.reporter.progress(progress);
      remove_conda_prefix(files, thing.name);
      remove_conda_record(files, thing.name);
    }
    return Done{};
  }

  std::vector<Thing> removed(const Host&) const override { return things_; }

 private:
  std::vector<Thing> things_;
};

std::unique_ptr<Resource> make_removal(const std::vector<Thing>& things) {
  return std::make_unique<NoInstallations>(things);
}

std::string title(const Fields& fields) { return "conda in " + fields.text("prefix"); }

std::unique_ptr<Resource> make(const Step& step, const Attachments&, Complaints& complaints) {
  check_download(step.fields, complaints);
  const std::string prefix = step.fields.text("prefix");
  if (prefix.find_first_of(" \t\n") != std::string::npos || fs::path(prefix).relative_path().empty()) {
    complaints.push_back({step.fields.place("prefix"),
                          format("conda cannot be installed in \"{}\"", excerpt(prefix)),
                          "a folder of its own, without white space in its path, as /opt/conda"});
  }
  return std::make_unique<CondaInstallation>(step.fields);
}

}  // namespace

const Kind& conda_installation_kind() {
  static const Kind kind = {
      .name = "conda_installation",
      .summary =
          "Miniforge's base installation, by its installer, which is verified before it runs. A whole one "
          "that is there stays as it is.",
      .example = R"(- conda_installation:
    prefix: /opt/conda
    version: 26.7.2-0
    url: https://mirror.example.com/Miniforge3-26.7.2-0-Linux-x86_64.sh
    sha256: 071678c42922a711b4db67baf414f9e6c698841d1e29e95f9420a66afc33f584
)",
      .fields =
          {
              {.name = "prefix", .type = FieldType::path, .summary = "where it lies", .required = true},
              {.name = "version", .summary = "of the installer, with its build", .required = true},
              {.name = "url", .summary = "of the installer; file:// too", .required = true},
              {.name = "sha256", .summary = "of the installer", .required = true},
          },
      .usual = std::chrono::seconds(60),
      .independent_of = {"apt_packages", "apt_repository", "service", "nvidia_modules", "nvidia_loaded",
                         "nvidia_runfile", "mok_enrolment", "virtualenv_packages", "conda_engine",
                         "conda_packages", "conda_pip"},
      .noun = "conda installation",
      .title = title,
      .make = make,
      .make_removal = make_removal,
  };
  return kind;
}

}  // namespace rigsetup
