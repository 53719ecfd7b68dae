// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <charconv>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/facts/facts.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/change.hpp"
#include "resource/nvidia/driver_use.hpp"
#include "resource/nvidia/installed_driver.hpp"
#include "resource/probe.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

constexpr const char* k_persistenced = "nvidia-persistenced";

std::vector<std::string> driven_otherwise(const std::vector<Gpu>& gpus) {
  std::vector<std::string> found;
  for (const Gpu& gpu : gpus) {
    if (gpu.driver == "nvidia") continue;
    found.push_back(format("{} is driven by {}", gpu.address, gpu.driver.empty() ? "nothing" : gpu.driver));
  }
  return found;
}

/// What modprobe says when the kernel refuses a module, and why it does.
struct Refusal {
  std::string_view words;
  const char* cause;
  const char* hint;
};
constexpr Refusal k_refusals[] = {
    {"Key was rejected by service",
     "Secure Boot is on, and the key that its module is signed with is not enrolled",
     "enrol it: a step mok_enrolment asks for it, and the screens of the next boot finish it"},
    {"Required key not available",
     "Secure Boot is on, and its module is not signed with a key that is enrolled",
     "have the module signed by a step nvidia_modules, and the key enrolled by a step mok_enrolment"},
    {"Operation not permitted", "the kernel is locked down and takes no such module",
     "sign the module and enrol the key, or turn Secure Boot off"},
    {"No such device", "it finds no GPU that it can drive",
     "dmesg tells why: this GPU may need the other flavour of the modules, or another branch of the driver"},
    {"Exec format error", "its module was built for another kernel",
     "build it anew: a step nvidia_modules does"},
    {"disagrees about version of symbol", "its module was built for another kernel",
     "build it anew: a step nvidia_modules does"},
};

Error cannot_load(const std::string& why, const std::string& hint, Code code = Code::conflict) {
  return Error(code, "cannot load the NVIDIA driver: " + why, hint);
}

Error load_error(const std::string& program, const Finished& finished) {
  const std::string said = failure_text(program, finished);
  for (const Refusal& refusal : k_refusals) {
    if (finished.out.find(refusal.words) == std::string::npos) continue;
    return cannot_load(format("{} ({})", refusal.cause, said), refusal.hint);
  }
  return cannot_load(said, "dmesg may tell more", Code::program);
}

/// Seconds since the epoch.
std::int64_t boot_time(const Tree& machine) {
  for (const auto& line : split_lines(machine.read("/proc/stat", 1 << 20).value_or(""))) {
    const auto words = split_words(line);
    std::int64_t seconds = 0;
    if (words.size() != 2 || words[0] != "btime") continue;
    std::from_chars(words[1].data(), words[1].data() + words[1].size(), seconds);
    return seconds;
  }
  return 0;
}

/// Was all that decides which driver a boot loads there already when the machine was booted? Then another
/// reboot ends as this one did.
bool was_booted_with_it(const Host& host, const Facts& facts) {
  std::vector<std::filesystem::path> parts = {"/boot/initrd.img-" + facts.machine->kernel};
  for (const auto& library : facts.nvidia.libraries) parts.emplace_back(library.path);
  for (const auto& module : facts.nvidia.modules) {
    if (module.kernel == facts.machine->kernel) parts.emplace_back(module.path);
  }
  if (!facts.nvidia.nouveau_off.empty()) parts.emplace_back(facts.nvidia.nouveau_off);
  std::int64_t last = 0;
  for (const auto& part : parts) {
    if (const auto info = host.files.info_followed(part)) last = std::max(last, info->changed_ns);
  }
  constexpr std::int64_t k_second = 1'000'000'000;
  return last / k_second < boot_time(*host.machine);
}

RebootRequired reboot(const Host& host, const Facts& facts, const std::string& why) {
  if (!was_booted_with_it(host, facts)) return {why};
  throw cannot_load(
      format("{}, although the machine was booted with all of it installed", why),
      format("another reboot does not help; look what loads it: lsinitramfs /boot/initrd.img-{} | "
             "grep -e nouveau -e nvidia, and dmesg",
             facts.machine->kernel));
}

class NvidiaLoaded final : public Resource {
 public:
  explicit NvidiaLoaded(const Fields& fields) : without_(fields.texts("without")) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    if (!can_ask_machine(host)) return AsWanted{"it is loaded at the first boot"};
    const Facts facts = gather_facts(host);
    if (const auto reason = not_to_load(facts); !reason.empty()) return AsWanted{reason};
    const std::string wanted = installed_driver(facts.nvidia);
    if (wanted.empty()) return Pending{"the driver is not installed yet"};
    const auto all = gpus(facts);
    const auto others = driven_otherwise(all);
    const auto& loaded = facts.machine->nvidia;
    if (loaded && loaded->version == wanted && others.empty()) {
      return AsWanted{
          format("{} drives {}", wanted, all.size() == 1 ? "the GPU" : format("{} GPUs", all.size()))};
    }
    std::string have = loaded ? loaded->version + " is loaded" : "not loaded";
    for (const auto& other : others) have += ", " + other;
    return Differs{have, format("{} drives every NVIDIA GPU", wanted)};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Host& host = context.host;
    if (!can_ask_machine(host)) return Done{};
    const Facts facts = gather_facts(host);
    if (!not_to_load(facts).empty()) return Done{};
    const std::string wanted = installed_driver(facts.nvidia);
    if (wanted.empty()) {
      throw cannot_load("it is not installed", "an earlier step must install it", Code::not_found);
    }
    const auto& loaded = facts.machine->nvidia;
    const auto others = driven_otherwise(gpus(facts));
    const bool right = loaded && loaded->version == wanted;
    if (right && others.empty()) return Done{};
    if (auto later = wait_for_kernel(host, facts, wanted)) return *later;
    for (const Gpu& gpu : gpus(facts)) {
      // One that nothing drives is taken once the module is loaded, and not later.
      if (gpu.driver != "nvidia" && (right || !gpu.driver.empty())) {
        return reboot(host, facts, join(others, ", "));
      }
    }
    const bool stopped = loaded && persistenced_uses_it(host);
    if (stopped) stop_persistenced(context);
    std::optional<RebootRequired> later;
    std::optional<Error> failed;
    try {
      if (loaded) later = unload(context, facts, wanted);
      if (!later) load(context);
    } catch (const Error& error) {
      failed = error;
    }
    if (stopped) start_persistenced(context);
    if (failed) throw *failed;
    if (later) return *later;
    return Done{};
  }

 private:
  std::vector<Gpu> gpus(const Facts& facts) const { return gpus_for_driver(*facts.machine, without_); }

  /// Why nothing is to be loaded on this machine; empty: it is.
  std::string not_to_load(const Facts& facts) const {
    if (!facts.machine->container.empty()) return "the machine that a container runs on loads it";
    if (!facts.has_nvidia_gpu()) return "there is no NVIDIA GPU";
    if (gpus(facts).empty()) return "every NVIDIA GPU is kept for virtual machines or too old for it";
    return "";
  }

  /// Can the running kernel load what is wanted? Otherwise the one that boots next may.
  static std::optional<RebootRequired> wait_for_kernel(const Host& host, const Facts& facts,
                                                       const std::string& wanted) {
    const std::string& running = facts.machine->kernel;
    const std::string here = module_for(facts, running);
    if (here == wanted || here == "?") return std::nullopt;
    const std::string why = here.empty()
                                ? format("the running kernel {} has no module of it", running)
                                : format("the module for the running kernel {} is of {}, and {} is installed",
                                         running, here, wanted);
    const std::string& next = facts.kernels.next();
    if (next != running && module_for(facts, next) == wanted) {
      return reboot(host, facts, format("{}; {}, which boots next, has it", why, next));
    }
    throw cannot_load(why, "a step nvidia_modules brings it for every kernel", Code::not_found);
  }

  static bool persistenced_uses_it(const Host& host) {
    const auto users = users_of_driver(*host.machine);
    const auto is_persistenced = [](const DriverUser& user) { return is_it(user); };
    return !users.empty() && std::all_of(users.begin(), users.end(), is_persistenced);
  }
  /// The kernel cuts names to 15 bytes.
  static bool is_it(const DriverUser& user) { return user.name == std::string(k_persistenced).substr(0, 15); }

  /// Takes the old module out, unless something works with it: nobody's work is ended for a newer driver.
  static std::optional<RebootRequired> unload(const Context& context, const Facts& facts,
                                              const std::string& wanted) {
    const Host& host = context.host;
    const auto modules = loaded_driver_modules(*host.machine);
    std::vector<std::string> users;
    for (const DriverUser& user : users_of_driver(*host.machine)) {
      users.push_back(format("{} ({})", user.name, user.pid));
    }
    if (users.empty()) {
      if (const auto holder = what_holds(*host.machine, modules); !holder.empty()) users.push_back(holder);
    }
    if (!users.empty()) {
      constexpr std::size_t k_shown = 5;
      const std::size_t more = users.size() > k_shown ? users.size() - k_shown : 0;
      users.resize(users.size() - more);
      return reboot(host, facts,
                    format("{} is loaded and {} installed; the loaded one is used by {}{}",
                           facts.machine->nvidia->version, wanted, join(users, ", "),
                           more == 0 ? "" : format(" and {} more", more)));
    }
    std::vector<std::string> argv = {"modprobe", "-r"};
    argv.insert(argv.end(), modules.begin(), modules.end());
    const Finished finished = change(context, "taking the old driver out", std::move(argv), false);
    if (finished.ok()) return std::nullopt;
    return reboot(host, facts,
                  format("the loaded {} cannot be taken out ({})", facts.machine->nvidia->version,
                         failure_text("modprobe -r", finished)));
  }

  static void load(const Context& context) {
    for (const char* module : {"nvidia", "nvidia_uvm", "nvidia_modeset", "nvidia_drm"}) {
      const Finished finished =
          change(context, format("loading the module {}", module), {"modprobe", module}, false);
      if (finished.ok()) continue;
      // A driver for computing alone comes without what is for screens.
      const bool for_screens =
          std::string_view(module) == "nvidia_modeset" || std::string_view(module) == "nvidia_drm";
      if (!for_screens || finished.out.find("not found") == std::string::npos)
        throw load_error(format("modprobe {}", module), finished);
    }
    // Without udev's rules for them the device files come with root's first use only.
    if (!find_program(context.host.files, "nvidia-modprobe")) return;
    const Finished finished =
        change(context, "making the device files", {"nvidia-modprobe", "-u", "-c", "0"}, false);
    if (!finished.ok()) throw load_error("nvidia-modprobe", finished);
  }

  static Finished systemctl(const Context& context, const std::string& verb) {
    return change(context, format("{} {}", verb, k_persistenced),
                  {"systemctl", "--no-pager", verb, "--", k_persistenced}, false);
  }
  static void stop_persistenced(const Context& context) {
    const Finished finished = systemctl(context, "stop");
    if (finished.ok()) return;
    throw cannot_load(failure_text(format("systemctl stop {}", k_persistenced), finished),
                      format("journalctl -u {} tells why", k_persistenced), Code::program);
  }
  /// The driver works without it: that it does not start is told beside what else there is to tell.
  static void start_persistenced(const Context& context) {
    const Finished finished = systemctl(context, "start");
    if (finished.ok()) return;
    context.reporter.finding(format("{} was stopped and does not start again: {}", k_persistenced,
                                    failure_text("systemctl start", finished)),
                             format("journalctl -u {} tells why", k_persistenced));
  }

  std::vector<std::string> without_;
};

std::string title(const Fields&) { return "NVIDIA driver loaded"; }

std::unique_ptr<Resource> make(const Step& step, const Attachments&, Complaints& complaints) {
  complain_of_devices(step.fields, complaints);
  return std::make_unique<NvidiaLoaded>(step.fields);
}

}  // namespace

const Kind& nvidia_loaded_kind() {
  static const Kind kind = {
      .name = "nvidia_loaded",
      .summary =
          "The installed driver is the one that is loaded, and it drives every NVIDIA GPU. It is loaded "
          "anew where nothing uses the old one; otherwise a reboot is asked for.",
      .example = "- nvidia_loaded:\n",
      .fields =
          {
              {.name = "without",
               .type = FieldType::texts,
               .summary = "device ids of GPUs that the driver is too new for, as lspci -n shows them: 128b"},
          },
      .hold = Hold::dpkg_shared,
      .usual = std::chrono::seconds(10),
      .independent_of = {"virtualenv_packages", "conda_engine", "conda_installation", "conda_packages",
                         "conda_pip"},
      .title = title,
      .make = make,
  };
  return kind;
}

}  // namespace rigsetup
