// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/no_repositories.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

class NoRepositories final : public Resource {
 public:
  explicit NoRepositories(const std::vector<Thing>& things) : things_(things) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    std::vector<std::string> have;
    for (const Thing& thing : things_) {
      if (host.files.info(file_of(thing))) have.push_back(thing.name);
    }
    if (have.empty()) return AsWanted{"absent"};
    return Differs{join(have, ", "), "absent"};
  }

  /// The source goes before its key: a source without one is an error for every apt on this system.
  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    for (const Thing& thing : things_) {
      context.host.files.remove(file_of(thing));
      for (const char* ending : {".asc", ".gpg"}) {
        context.host.files.remove(format("/etc/apt/keyrings/{}{}", thing.name, ending));
      }
    }
    return Done{};
  }

  std::vector<Thing> removed(const Host&) const override { return things_; }

 private:
  static std::string file_of(const Thing& thing) {
    apt::Source source;
    source.name = thing.name;
    return source.file_path();
  }

  std::vector<Thing> things_;
};

}  // namespace

std::unique_ptr<Resource> no_repositories(const std::vector<Thing>& things) {
  return std::make_unique<NoRepositories>(things);
}

}  // namespace rigsetup
