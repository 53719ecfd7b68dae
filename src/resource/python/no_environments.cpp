// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/no_environments.hpp"

#include <rigsetup/base/text.hpp>

#include "resource/python/python_environment.hpp"

namespace rigsetup {
namespace {

class NoEnvironments final : public Resource {
 public:
  explicit NoEnvironments(const std::vector<Thing>& things) : things_(things) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    std::vector<std::string> have;
    for (const Thing& thing : things_) {
      if (read_record(host.files, thing.name)) have.push_back(thing.name);
    }
    if (have.empty()) return AsWanted{"absent"};
    return Differs{join(have, ", "), "absent"};
  }

  Applied apply(const Context& context) const override {
    for (const Thing& thing : things_) {
      if (context.stop.stop_requested()) throw Cancelled();
      if (!read_record(context.host.files, thing.name)) continue;
      Progress progress;
      progress.label = "removing " + thing.name;
      context.reporter.progress(progress);
      remove_environment(context.host.files, thing.name);
    }
    return Done{};
  }

  std::vector<Thing> removed(const Host&) const override { return things_; }

 private:
  std::vector<Thing> things_;
};

}  // namespace

std::unique_ptr<Resource> no_environments(const std::vector<Thing>& things) {
  return std::make_unique<NoEnvironments>(things);
}

}  // namespace rigsetup
