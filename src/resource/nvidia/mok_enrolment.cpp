// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/change.hpp"
#include "resource/nvidia/installed_driver.hpp"
#include "resource/nvidia/one_time_code.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

/// What was asked of the firmware's screens, for root alone: whoever knows the code and sits at the machine
/// decides which modules its kernel takes.
constexpr const char* k_request_file = "/var/lib/rigsetup/mok-enrolment";
constexpr const char* k_hash_file = "/var/lib/rigsetup/mok-enrolment.hash";

struct Request {
  std::string code;
  std::string boot;         ///< id of the boot in which it was made
  std::string certificate;  ///< its sha256
  std::string asker;        ///< folder of the step that asked, which is of one run
};

std::optional<Request> read_request(const Tree& files) {
  const auto text = files.read(k_request_file, 4096);
  if (!text) return std::nullopt;
  Request request;
  for (const auto& line : split_lines(*text)) {
    const auto [name, value] = std::pair(line.substr(0, line.find(' ')), line.substr(line.find(' ') + 1));
    if (name == "code") request.code = value;
    if (name == "boot") request.boot = value;
    if (name == "certificate") request.certificate = value;
    if (name == "asker") request.asker = value;
  }
  return request;
}

void write_request(const Tree& files, const Request& request) {
  files.make_directories(std::filesystem::path(k_request_file).parent_path());
  files.write(k_request_file,
              format("code {}\nboot {}\ncertificate {}\nasker {}\n", request.code, request.boot,
                     request.certificate, request.asker),
              0600);
}

Error cannot_enrol(const std::string& certificate, const std::string& why, const std::string& hint,
                   Code code = Code::conflict) {
  return Error(code, format("cannot have the key {} enrolled: {}", certificate, why), hint);
}

class MokEnrolment final : public Resource {
 public:
  Inspection inspect(const Host& host, std::stop_token) const override {
    const Facts facts = gather_facts(host);
    const std::string certificate = dkms_key_of(host.files).certificate;
    if (const auto reason = why_not(facts, certificate); !reason.empty()) return AsWanted{reason};
    const auto key = key_of(facts, certificate);
    const std::string have = !host.files.info(certificate) ? "DKMS has no key yet"
                             : key.waiting ? format("{} waits for the screens of the next boot", certificate)
                                           : format("{} is not enrolled", certificate);
    return Differs{have, "a key of DKMS's that is enrolled"};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    const DkmsKey key = dkms_key_of(files);
    if (!why_not(gather_facts(context.host), key.certificate).empty()) return Done{};
    if (!files.info(key.key) || !files.info(key.certificate)) make_key(context, key);
    const SecureBoot::Key state = key_of(gather_facts(context.host), key.certificate);

    const std::string certificate = sha256_hex(files.read(key.certificate, 1 << 20).value_or(""));
    const std::string boot = context.host.clock.boot_id();
    auto request = read_request(files);
    if (request && request->certificate != certificate) request.reset();
    // What an earlier run asked for is over, however it ended.
    if (request && request->boot != boot && !state.waiting && request->asker != context.work) request.reset();
    if (request && request->boot != boot) throw not_answered(files, key.certificate, state.waiting);
    if (!state.waiting) {
      request = Request{one_time_code(), boot, certificate, context.work.string()};
      ask(context, key.certificate, *request);
    }
    return RebootRequired{request ? with_code() : with_password_of_another()};
  }

  std::vector<Consent> consents(const Host& host) const override {
    if (!why_not(gather_facts(host), dkms_key_of(host.files).certificate).empty()) return {};
    return {{"enrol", "would have a key enrolled: the kernel then takes every module that it signed"}};
  }

 private:
  /// Why nothing is to be enrolled; empty: something is.
  static std::string why_not(const Facts& facts, const std::string& certificate) {
    if (!facts.machine) return "which machine will run it is not known: the key is enrolled there";
    if (facts.machine->secure_boot.firmware == "legacy") return "the machine boots without EFI";
    if (!facts.machine->secure_boot.enabled) return "Secure Boot is off";
    if (facts.machine->secure_boot.validation_off) return "shim does not validate";
    return key_of(facts, certificate).enrolled ? format("{} is enrolled", certificate) : "";
  }

  static SecureBoot::Key key_of(const Facts& facts, const std::string& certificate) {
    for (const auto& key : facts.machine->secure_boot.dkms_keys) {
      if (key.path == certificate) return key;
    }
    return {};
  }

  /// As DKMS itself would at its first build.
  static void make_key(const Context& context, const DkmsKey& key) {
    const Tree& files = context.host.files;
    const bool by_shim = key.certificate.starts_with("/var/lib/shim-signed/");
    const std::string program = by_shim ? "update-secureboot-policy" : "openssl";
    if (!find_program(files, program)) {
      throw cannot_enrol(key.certificate, format("there is no {} to make it with", program),
                         format("install {}", by_shim ? "shim-signed" : "openssl"), Code::not_found);
    }
    const auto folder = std::filesystem::path(key.key).parent_path();
    if (!files.info_followed(folder)) files.make_directories(folder);
    files.remove(key.certificate);  // without its key it is of no use, and keeps a new one from being made
    Command command;
    command.argv = {program, "--new-key"};
    command.environment = {{"SHIM_NOTRIGGER", "y"}, {"DEBIAN_FRONTEND", "noninteractive"}};
    if (!by_shim) {
      command.argv = {program,   "req",          "-new",
                      "-x509",   "-nodes",       "-days",
                      "36500",   "-subj",        "/CN=DKMS module signing key",
                      "-newkey", "rsa:2048",     "-keyout",
                      key.key,   "-outform",     "DER",
                      "-out",    key.certificate};
    }
    const Finished finished = change(context, "making a key", std::move(command), false);
    if (finished.ok() && files.info(key.key) && files.info(key.certificate)) return;
    throw cannot_enrol(key.certificate, "it cannot be made: " + failure_text(program, finished),
                       "the whole output is in the step's log", Code::program);
  }

  static void ask(const Context& context, const std::string& certificate, const Request& request) {
    const Tree& files = context.host.files;
    if (!find_program(files, "mokutil")) {
      throw cannot_enrol(certificate, "there is no mokutil to ask for it with", "install mokutil",
                         Code::not_found);
    }
    write_request(files, request);  // before: nobody could answer the screens without the code
    files.write(k_hash_file, crypted(request.code) + "\n", 0600);
    const Finished finished = change(context, "asking for the key's enrolment",
                                     {"mokutil", "--import", certificate, "--hash-file", k_hash_file}, false);
    files.remove(k_hash_file);
    // It ends well too where it left the key out.
    if (finished.ok() && key_of(gather_facts(context.host), certificate).waiting) return;
    files.remove(k_request_file);
    throw cannot_enrol(certificate, failure_text("mokutil --import", finished),
                       "mokutil --list-new shows what waits for enrolment", Code::program);
  }

  /// The machine was booted since the enrolment was asked for, and it did not come about.
  static Error not_answered(const Tree& files, const std::string& certificate, bool waiting) {
    if (waiting) {
      return cannot_enrol(certificate, "the machine was rebooted, and the screens did not come up",
                          "boot it through shim, which shows them: efibootmgr -v tells the way; or take the "
                          "request back: mokutil --revoke-import");
    }
    files.remove(k_request_file);  // the next try asks anew
    return cannot_enrol(
        certificate,
        "the machine was rebooted, and the screen that asks for it was skipped, ran out of time "
        "or got another code",
        "apply the recipe again for a new code, and be at the machine's screen and keyboard when "
        "it reboots: the screen waits 10 seconds");
  }

  static std::string with_code() {
    return format(
        "Secure Boot: the key is enrolled at the machine's own screen while it reboots. Note the code "
        "before (sudo cat {}), press a key when the blue screen shows, then choose \"Enroll MOK\", "
        "\"Continue\", \"Yes\", type the code, and \"Reboot\"",
        k_request_file);
  }
  static std::string with_password_of_another() {
    return "Secure Boot: an enrolment of the key was asked for already, not by rigsetup. Press a key when "
           "the blue "
           "screen shows while the machine reboots, then choose \"Enroll MOK\", \"Continue\", \"Yes\", type "
           "the "
           "password that was set then, and \"Reboot\"";
  }
};

std::string title(const Fields&) { return "key of DKMS enrolled"; }

std::unique_ptr<Resource> make(const Step&, const Attachments&, Complaints&) {
  return std::make_unique<MokEnrolment>();
}

}  // namespace

const Kind& mok_enrolment_kind() {
  static const Kind kind = {
      .name = "mok_enrolment",
      .summary =
          "Where Secure Boot is on: the key that DKMS signs modules with is enrolled. That takes a reboot, "
          "and somebody at the machine's own screen and keyboard.",
      .example = "- mok_enrolment:\n",
      .fields = {},
      .hold = Hold::dpkg_shared,
      .independent_of = {"virtualenv_packages", "conda_engine", "conda_installation", "conda_packages",
                         "conda_pip"},
      .title = title,
      .make = make,
  };
  return kind;
}

}  // namespace rigsetup
