// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/apt_hold.hpp"

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup {
namespace {

/// Lets packages go that rigsetup has put on hold.
class NoHolds final : public Resource {
 public:
  explicit NoHolds(const std::vector<Thing>& things) : things_(things) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const auto held = held_ones(host.files);
    if (held.empty()) return AsWanted{"not on hold"};
    return Differs{join(held, ", ") + " on hold", "not on hold"};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const auto held = held_ones(context.host.files);
    if (held.empty()) return Done{};
    Command command;
    command.argv = {"apt-mark", "unhold"};
    command.argv.insert(command.argv.end(), held.begin(), held.end());
    const Finished finished = context.run_job("unhold", std::move(command), true);
    if (finished.ok()) return Done{};
    throw Error(Code::program,
                format("cannot release the hold of {}: {}: {}", join(held, ", "), finished.text(),
                       printable(last_lines(finished.out, 2))),
                "the whole output is in the step's log");
  }

  std::vector<Thing> removed(const Host&) const override { return things_; }

 private:
  std::vector<std::string> held_ones(const Tree& files) const {
    const auto status = apt::DpkgStatus::read(files);
    std::vector<std::string> held;
    for (const Thing& thing : things_) {
      const auto* package = status.find(thing.name);
      if (package && package->held()) held.push_back(thing.name);
    }
    return held;
  }

  std::vector<Thing> things_;
};

std::unique_ptr<Resource> make_removal(const std::vector<Thing>& things) {
  return std::make_unique<NoHolds>(things);
}

}  // namespace

const Kind& apt_hold_kind() {
  static const Kind kind = [] {
    Kind made;
    made.name = "apt_hold";
    made.hold = Hold::dpkg;
    made.noun = "hold of package";
    made.make_removal = make_removal;
    return made;
  }();
  return kind;
}

}  // namespace rigsetup
