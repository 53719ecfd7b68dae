// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <crypt.h>

#include "resource/nvidia/one_time_code.hpp"
#include "tests/contract/driver_behaviours.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/resource/look.hpp"

using namespace rigsetup;
using test::apply;
using test::FakePrograms;
using test::look;

namespace {

constexpr const char* k_steps = "- mok_enrolment:\n";
constexpr const char* k_request = "/var/lib/rigsetup/mok-enrolment";
constexpr const char* k_variables = "/sys/firmware/efi/efivars/";

struct SecureRig : test::Rig {
  SecureRig() { test::add_secure_boot(*this); }
  BuiltRecipe recipe = read(k_steps);
  std::string reboot_for() { return std::get<RebootRequired>(test::apply(*this, recipe)).why; }
  void variable(const std::string& name, const std::string& bytes) const {
    add_to_machine(k_variables + name, std::string("\7\0\0\0", 4) + bytes);
  }
  bool is_waiting() const {
    return machine.info(std::string(k_variables) + "MokNew-605dab50-e046-4300-abb6-3dd810dd8b23").has_value();
  }
};

/// Hint and message of the error that applying ends in.
std::string error_of(test::Rig& rig, const BuiltRecipe& recipe) {
  try {
    apply(rig, recipe);
  } catch (const Error& error) {
    return error.message() + " (" + error.hint() + ")";
  }
  return "no error";
}

}  // namespace

TEST_CASE("a code is eight digits, another each time, and its hash is one that crypt finds again") {
  const std::string code = one_time_code();
  CHECK(code.size() == 8);
  CHECK(code.find_first_not_of("0123456789") == std::string::npos);
  CHECK(one_time_code() != code);
  const std::string hash = crypted(code);
  CHECK(hash.size() == 3 + 16 + 1 + 86);
  CHECK(crypt(code.c_str(), hash.c_str()) == hash);
  CHECK(crypted(code) != hash);
}

TEST_CASE("where Secure Boot does not ask for a key, none is enrolled") {
  test::Rig rig;
  const auto recipe = rig.read(k_steps);
  const auto nothing_done = [&] {
    CHECK(std::holds_alternative<Done>(apply(rig, recipe)));
    CHECK(rig.programs.ran().empty());
  };
  SECTION("under --root") {
    CHECK(look(rig, recipe) ==
          "as wanted: which machine will run it is not known: the key is enrolled there");
    nothing_done();
  }
  rig.live = true;
  SECTION("legacy boot") {
    rig.machine.make_directories("/sys/firmware");
    CHECK(look(rig, recipe) == "as wanted: the machine boots without EFI");
    nothing_done();
  }
  SECTION("off") {
    rig.machine.make_directories("/sys/firmware/efi");
    CHECK(look(rig, recipe) == "as wanted: Secure Boot is off");
    nothing_done();
  }
  SECTION("shim does not validate") {
    test::add_secure_boot(rig);
    rig.add_to_machine(std::string(k_variables) + "MokSBStateRT-605dab50-e046-4300-abb6-3dd810dd8b23",
                       std::string("\7\0\0\0\1", 5));
    CHECK(look(rig, recipe) == "as wanted: shim does not validate");
    nothing_done();
  }
}

TEST_CASE("a key is made, asked for with a code that root alone can read, and enrolled at the next boot") {
  SecureRig rig;
  CHECK(look(rig, rig.recipe) == "DKMS has no key yet -> a key of DKMS's that is enrolled");
  const std::string why = rig.reboot_for();
  CHECK(look(rig, rig.recipe) ==
        "/var/lib/dkms/mok.pub waits for the screens of the next boot -> a key of DKMS's that is enrolled");
  for (const char* words :
       {"Enroll MOK", "Continue", "Yes", "Reboot", "sudo cat /var/lib/rigsetup/mok-enrolment"}) {
    CHECK(why.find(words) != std::string::npos);
  }

  const std::string request = rig.text(k_request);
  CHECK(rig.root.info(k_request)->mode == 0600);
  CHECK(request.starts_with("code "));
  const std::string code = request.substr(5, 8);
  CHECK(why.find(code) == std::string::npos);
  for (const auto& command : rig.programs.ran()) CHECK(command.text().find(code) == std::string::npos);
  CHECK_FALSE(rig.root.info("/var/lib/rigsetup/mok-enrolment.hash"));

  SECTION("asked again before the reboot, nothing is asked of mokutil twice") {
    CHECK(rig.reboot_for() == why);
    CHECK(rig.text(k_request) == request);
    CHECK(rig.programs.times_ran("mokutil") == 1);
  }
  SECTION("answered") {
    test::reboot(rig);
    CHECK(look(rig, rig.recipe) == "as wanted: /var/lib/dkms/mok.pub is enrolled");
  }
  SECTION("skipped: told once, and the next try has another code") {
    test::reboot(rig, false);
    CHECK(look(rig, rig.recipe) ==
          "/var/lib/dkms/mok.pub is not enrolled -> a key of DKMS's that is enrolled");
    const std::string error = error_of(rig, rig.recipe);
    CHECK(
        error.starts_with("cannot have the key /var/lib/dkms/mok.pub enrolled: the machine was rebooted, and "
                          "the screen that asks for it was skipped"));
    CHECK(error.find("apply the recipe again") != std::string::npos);
    CHECK(rig.reboot_for() == why);
    CHECK(rig.text(k_request) != request);
    CHECK(rig.programs.times_ran("openssl") == 1);
  }
  SECTION("skipped in an earlier run: it is asked for anew, and nobody is blamed") {
    test::reboot(rig, false);
    rig.add_file(k_request, request.substr(0, request.find("asker ")) + "asker /of/an/earlier/run\n");
    CHECK(rig.reboot_for() == why);
    CHECK(rig.text(k_request).substr(0, 13) != request.substr(0, 13));
  }
  SECTION("the machine did not boot through shim") {
    rig.clock.reboot("another boot");
    CHECK(error_of(rig, rig.recipe).find("the screens did not come up (boot it through shim") !=
          std::string::npos);
    CHECK(rig.text(k_request) == request);
  }
}

TEST_CASE("a request that somebody else made is waited for, not replaced") {
  SecureRig rig;
  rig.add_file("/var/lib/dkms/mok.key", "a key");
  rig.add_file("/var/lib/dkms/mok.pub", "a certificate");
  rig.variable("MokNew-605dab50-e046-4300-abb6-3dd810dd8b23", "header, a certificate");
  CHECK(rig.reboot_for().find("the password that was set then") != std::string::npos);
  CHECK(rig.programs.ran().empty());
}

TEST_CASE("a key that the firmware itself knows needs no enrolment") {
  SecureRig rig;
  rig.add_file("/var/lib/dkms/mok.pub", "a certificate");
  rig.variable("db-d719b2cb-3d3a-4596-a3bc-dad00e67656f", "header, a certificate");
  CHECK(look(rig, rig.recipe) == "as wanted: /var/lib/dkms/mok.pub is enrolled");
}

TEST_CASE("on Ubuntu shim's own tool makes the key, also over a certificate whose key is gone") {
  SecureRig rig;
  rig.add_file("/etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\n");
  rig.add_file("/var/lib/shim-signed/mok/MOK.der", "an old certificate");
  CHECK(error_of(rig, rig.recipe) ==
        "cannot have the key /var/lib/shim-signed/mok/MOK.der enrolled: there is no update-secureboot-policy "
        "to "
        "make it with (install shim-signed)");
  rig.add_program("/usr/sbin/update-secureboot-policy");
  rig.programs.on("update-secureboot-policy", [&](const Command& command) {
    CHECK(command.argv.back() == "--new-key");
    if (rig.root.info("/var/lib/shim-signed/mok/MOK.der")) return FakePrograms::finished(0);
    rig.add_file("/var/lib/shim-signed/mok/MOK.priv", "a key");
    rig.add_file("/var/lib/shim-signed/mok/MOK.der", "a certificate");
    return FakePrograms::finished(0);
  });
  rig.reboot_for();
  CHECK(rig.is_waiting());
  test::reboot(rig);
  CHECK(look(rig, rig.recipe) == "as wanted: /var/lib/shim-signed/mok/MOK.der is enrolled");
}

TEST_CASE("what keeps the firmware from being asked is said") {
  SecureRig rig;
  SECTION("no mokutil") {
    rig.root.remove("/usr/bin/mokutil");
    CHECK(
        error_of(rig, rig.recipe) ==
        "cannot have the key /var/lib/dkms/mok.pub enrolled: there is no mokutil to ask for it with (install "
        "mokutil)");
  }
  SECTION("mokutil ends well and leaves the key out") {
    rig.programs.on("mokutil", [](const Command&) {
      return FakePrograms::finished(0, "Already in kernel trusted keyring. Skip /var/lib/dkms/mok.pub\n");
    });
    CHECK(error_of(rig, rig.recipe).find("Already in kernel trusted keyring") != std::string::npos);
    CHECK_FALSE(rig.root.info(k_request));
  }
  SECTION("the key cannot be made") {
    rig.programs.on("openssl", [](const Command&) { return FakePrograms::finished(0, "out of entropy\n"); });
    CHECK(error_of(rig, rig.recipe).find("it cannot be made: openssl: exit status 0: out of entropy") !=
          std::string::npos);
  }
}
