// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/facts_view.hpp"

#include <map>
#include <utility>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "cli/table.hpp"

namespace rigsetup::cli {
namespace {

using Lines = std::vector<std::string>;

std::string word(const Value& map, std::string_view key) { return printable(map.get(key, "")); }

std::string size_text(const Value& map, std::string_view key) {
  const auto bytes = map.get(key, 0);
  return bytes > 0 ? human_bytes(static_cast<std::uint64_t>(bytes)) : "";
}

/// Those that are not empty, with commas.
std::string listed(Lines parts) {
  std::erase(parts, "");
  return join(parts, ", ");
}

/// What a list in `map` says, a line an item.
Lines each(const Value& map, std::string_view key, std::string (*text)(const Value&)) {
  Lines lines;
  const Value* list = map.find(key);
  if (list == nullptr || !list->is_list()) return lines;
  for (const Value& item : list->as_list()) lines.push_back(text(item));
  return lines;
}

std::string link_text(const Value& gpu) {
  const auto text = [&](std::string_view key) -> std::string {
    const Value* link = gpu.find(key);
    return link == nullptr ? "" : format("{} x{}", link->get("generation", 0), link->get("width", 0));
  };
  const auto now = text("link");
  const auto most = text("link_most");
  if (now.empty()) return "";
  return "PCIe " + now + (most.empty() || most == now ? "" : " of " + most);
}

std::string gpu_text(const Value& gpu) {
  const auto name = word(gpu, "name");
  const auto status = gpu.get("runtime_status", "");
  const auto driver = word(gpu, "driver");
  return listed({name.empty() ? format("{} {}", word(gpu, "vendor"), word(gpu, "device_id")) : name,
                 word(gpu, "architecture"), size_text(gpu, "memory_bytes"),
                 driver.empty() ? "no driver" : "driver " + driver, link_text(gpu),
                 status.starts_with("suspend") ? "asleep" : "", word(gpu, "address")});
}

std::string disk_text(const Value& disk) {
  return listed({word(disk, "name"), word(disk, "kind"), size_text(disk, "bytes")});
}

std::string kernel_text(const Value& machine, const Value& kernels) {
  const auto running = word(machine, "kernel");
  const auto newest = word(kernels, "newest");
  const auto next = word(kernels, "boots_next");
  const auto compiler = word(machine, "compiler");
  return listed({running, compiler.empty() ? "" : "built by " + compiler,
                 newest.empty() || newest == running ? "" : "newest installed " + newest,
                 next.empty() || next == running ? "" : "boots next " + next});
}

std::string secure_boot_text(const Value& machine) {
  const Value* boot = machine.find("secure_boot");
  if (boot == nullptr) return "";
  if (boot->get("firmware", "") == "legacy") return "none: legacy boot";
  Lines parts = {boot->get("enabled", false) ? "on" : "off",
                 boot->get("setup_mode", false) ? "setup mode" : "",
                 boot->get("validation_off", false) ? "shim does not validate" : "",
                 boot->get("keys_pending", false) ? "a key waits for its enrolment at the next boot" : ""};
  if (const Value* keys = boot->find("dkms_keys")) {
    for (const Value& key : keys->as_list()) {
      parts.push_back(format("DKMS's key {} enrolled", key.get("enrolled", false) ? "is" : "is not"));
    }
  }
  return listed(parts);
}

std::string driver_text(const Value& machine) {
  const Value* loaded = machine.find("nvidia");
  if (loaded == nullptr) return machine.get("nouveau_loaded", false) ? "nouveau" : "";
  return listed({"NVIDIA " + word(*loaded, "version"), word(*loaded, "flavour")});
}

std::string module_text(const Value& module) {
  const auto version = word(module, "version");
  return listed({version.empty() ? "of unknown version" : version, word(module, "flavour"),
                 module.get("signed", false) ? "signed" : "", "for " + word(module, "kernel")});
}

std::string library_text(const Value& library) {
  const auto version = word(library, "version");
  const bool windows = library.get("path", "").starts_with("/usr/lib/wsl/");
  return listed({word(library, "name") + (version.empty() ? "" : " " + version), windows ? "of Windows"
                                                                                 : library.get("owned", false)
                                                                                     ? ""
                                                                                     : "of no package"});
}

std::string dkms_text(const Value& module) {
  const auto kernel = word(module, "kernel");
  return format("{} {} {}{}", word(module, "name"), word(module, "version"), word(module, "state"),
                kernel.empty() ? ", for no kernel" : " for " + kernel);
}

/// "12 from ubuntu, driver 580.159.03": a toolkit alone is a hundred packages.
Lines package_lines(const Value& nvidia) {
  std::map<std::string, std::pair<int, std::string>> origins;
  if (const Value* packages = nvidia.find("packages")) {
    for (const Value& package : packages->as_list()) {
      auto& [count, driver] = origins[word(package, "origin")];
      ++count;
      if (driver.empty()) driver = word(package, "driver_version");
    }
  }
  Lines lines;
  for (const auto& [origin, known] : origins) {
    lines.push_back(listed(
        {format("{} from {}", known.first, origin), known.second.empty() ? "" : "driver " + known.second}));
  }
  return lines;
}

void add(std::vector<Row>& rows, std::string label, const Lines& lines) {
  for (const auto& line : lines) {
    if (!line.empty()) rows.push_back({std::exchange(label, ""), line});
  }
}

void add_machine(const Value& machine, std::vector<Row>& rows) {
  add(rows, "runs in", {listed({word(machine, "container"), word(machine, "virtual_machine")})});
  add(rows, "processor",
      {listed({word(machine, "cpu"), format("{} cores", machine.get("cores", 0)),
               size_text(machine, "memory_bytes") + " of memory"})});
  const auto gpus = each(machine, "gpus", gpu_text);
  add(rows, "GPU", gpus.empty() ? Lines{"none"} : gpus);
  add(rows, "disk", each(machine, "disks", disk_text));
  add(rows, "Secure Boot", {secure_boot_text(machine)});
  add(rows, "GPU driver", {driver_text(machine)});
}

}  // namespace

std::string facts_text(const Value& facts, const Screen& screen) {
  const Value none = Value::map();
  const auto part = [&](std::string_view key) -> const Value& {
    const Value* found = facts.find(key);
    return found == nullptr ? none : *found;
  };
  std::vector<Row> rows;
  const auto root = word(facts, "root");
  add(rows, "root", {root == "/" ? "" : root});
  add(rows, "system", {listed({word(part("os"), "name"), word(facts, "architecture")})});
  add(rows, "kernel", {kernel_text(part("machine"), part("kernels"))});
  if (facts.find("machine") != nullptr) add_machine(part("machine"), rows);
  add(rows, "DKMS", each(facts, "dkms", dkms_text));
  add(rows, "NVIDIA modules", each(part("nvidia"), "modules", module_text));
  add(rows, "NVIDIA libraries", each(part("nvidia"), "libraries", library_text));
  add(rows, "NVIDIA packages", package_lines(part("nvidia")));
  add(rows, "of a .run installer",
      each(part("nvidia"), "run_files", [](const Value& file) { return printable(file.text()); }));
  return table(rows, screen);
}

}  // namespace rigsetup::cli
