// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/doctor_view.hpp"

#include "samples.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using namespace rigsetup::cli::test;
using protocol::DoctorReply;

namespace {

DoctorReply sound() {
  DoctorReply reply;
  reply.root = "/";
  reply.os = "Ubuntu 22.04.5 LTS";
  reply.recipe = "rig";
  reply.looked_at = {"1 NVIDIA GPU on the PCI bus", "the kernel log"};
  return reply;
}

DoctorReply ill() {
  auto reply = sound();
  DoctorReply::Finding mismatch;
  mismatch.name = "driver-library-mismatch";
  mismatch.what = "the driver that runs is of another version than its libraries";
  mismatch.why = "an upgrade replaced them";
  mismatch.fix = "reboot";
  mismatch.command = "sudo systemctl reboot";
  mismatch.cure = "reboot";
  mismatch.evidence = {{"the loaded module", "570.133.07"}, {"the kernel log", ""}};
  DoctorReply::Finding mixed;
  mixed.name = "origins-mixed";
  mixed.what = "parts of a driver come from different origins";
  mixed.why = "both have drivers";
  mixed.fix = "choose one";
  mixed.cure = "plan";
  mixed.by_recipe = true;
  DoctorReply::Finding note;
  note.note = true;
  note.name = "xid-31";
  note.what = "the GPU at 0000:01:00: a program used memory that is not its own (Xid 31)";
  note.why = "a program's own fault";
  note.fix = "look at that program";
  note.cure = "hands";
  reply.findings = {mismatch, mixed, note};
  return reply;
}

}  // namespace

TEST_CASE("what is wrong, how it was seen, why, and what to type") {
  CHECK(doctor_text(ill(), plain()) == R"(this machine (Ubuntu 22.04.5 LTS): 2 things are wrong

1.  the driver that runs is of another version than its libraries
    seen  the loaded module: 570.133.07
    seen  the kernel log
    why   an upgrade replaced them
    fix   reboot
    type  sudo systemctl reboot

2.  parts of a driver come from different origins
    why   both have drivers
    fix   choose one

Good to know
-  the GPU at 0000:01:00: a program used memory that is not its own (Xid 31)
    why   a program's own fault
    fix   look at that program

Looked at 1 NVIDIA GPU on the PCI bus; the kernel log.
)");
}

TEST_CASE("where nothing is wrong it is said what was looked at") {
  CHECK(doctor_text(sound(), plain()) == R"(this machine (Ubuntu 22.04.5 LTS): nothing is wrong

Looked at 1 NVIDIA GPU on the PCI bus; the kernel log.
)");
}

TEST_CASE("what no plan mends is named by its number, and notes are none of it") {
  CHECK(left_text(ill(), plain()) == R"(No plan mends:
  1.  the driver that runs is of another version than its libraries
)");
  CHECK(left_text(sound(), plain()).empty());
}

TEST_CASE("a plan helps only where the active recipe mends something that is wrong") {
  CHECK(any_wrong(ill()));
  CHECK(a_plan_helps(ill()));
  auto other_recipe = ill();
  other_recipe.findings[1].by_recipe = false;
  CHECK_FALSE(a_plan_helps(other_recipe));
  auto only_reboot = ill();
  only_reboot.findings.erase(only_reboot.findings.begin() + 1);
  CHECK_FALSE(a_plan_helps(only_reboot));
  auto only_notes = ill();
  only_notes.findings.erase(only_notes.findings.begin(), only_notes.findings.begin() + 2);
  CHECK_FALSE(any_wrong(only_notes));
  CHECK_FALSE(a_plan_helps(only_notes));
}

TEST_CASE("a narrow terminal breaks lines between words") {
  for (const auto& text : {doctor_text(ill(), terminal(40)), left_text(ill(), terminal(40))}) {
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      CHECK(end - at <= 40);
      at = end + 1;
    }
  }
}
