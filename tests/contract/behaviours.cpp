// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/contract/behaviours.hpp"

#include <algorithm>
#include <map>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>

#include "tests/contract/driver_behaviours.hpp"

namespace rigsetup::test {
namespace {

Finished finished(int exit_code, std::string out = {}, std::string err = {}) {
  return FakePrograms::finished(exit_code, std::move(out), std::move(err));
}

bool has_word(const Command& command, std::string_view word) {
  return std::find(command.argv.begin(), command.argv.end(), word) != command.argv.end();
}

void add_distribution(const Rig& rig, const std::filesystem::path& environment, const std::string& name,
                      const std::string& version = "1.0") {
  const std::string folder = format("{}-{}.dist-info", name, version);
  const auto info = environment / "lib/python3.11/site-packages" / folder;
  rig.add_file(info / "METADATA", format("Metadata-Version: 2.1\nName: {}\nVersion: {}\n", name, version));
  rig.add_file(info / "RECORD", format("{0}/METADATA,,\n{0}/RECORD,,\n", folder));
}

/// What PyTorch's index of this build calls its own packages, and PyPI all.
std::string version_in(const std::string& index, const std::string& name) {
  const auto build = index.substr(index.rfind('/') + 1);
  return name.starts_with("torch") && (build.starts_with("cu") || build == "cpu") ? "1.0+" + build : "1.0";
}

/// Miniforge's installer, as far as files show it.
Finished install_conda(const Rig& rig, const Command& command) {
  const std::filesystem::path prefix = command.argv.at(4);
  if (!rig.root.info(command.argv.at(1))) return finished(127, "sh: 0: cannot open it\n");
  if (rig.root.info(prefix) && !has_word(command, "-f"))
    return finished(1, format("ERROR: File or directory already exists: '{}'\n", prefix.string()));
  rig.add_file(prefix / "conda-meta/conda-26.7.2-py313h78bf25f_0.json", "{}\n");
  rig.add_file(prefix / "bin/conda");
  rig.add_file(prefix / "etc/profile.d/conda.sh");
  rig.add_file(prefix / "conda-meta/history", "==> now <==\n");
  return finished(0, "installation finished.\n");
}

Finished make_environment(const Rig& rig, const std::filesystem::path& path, bool system = false) {
  rig.add_file(path / "pyvenv.cfg",
               format("home = /usr/bin\ninclude-system-site-packages = {}\nversion = 3.11.2\n", system));
  rig.add_file(path / "bin/activate");
  rig.root.make_link(path / "bin/python3", "/usr/bin/python3");
  rig.root.make_link(path / "bin/python", "python3");
  return finished(0);
}

bool sees_system(const Rig& rig, const std::filesystem::path& environment) {
  return rig.text(environment / "pyvenv.cfg").find("packages = true") != std::string::npos;
}

Finished add_pip(const Rig& rig, const std::filesystem::path& environment) {
  if (!rig.root.info("/usr/lib/python3.11/ensurepip/__init__.py"))
    return finished(1, "/usr/bin/python3.11: No module named ensurepip\n");
  if (sees_system(rig, environment))
    return finished(0, "Requirement already satisfied: pip in /usr/lib/python3/dist-packages\n");
  add_distribution(rig, environment, "pip");
  return finished(0);
}

/// The lines of a requirements file, and what follows "--".
std::vector<std::string> requirements_of(const Rig& rig, const Command& command) {
  std::vector<std::string> all;
  const auto& argv = command.argv;
  if (const auto file = std::find(argv.begin(), argv.end(), "--requirement"); file != argv.end())
    all = split_lines(rig.text(*(file + 1)));
  const auto words = std::find(argv.begin(), argv.end(), "--");
  if (words != argv.end()) all.insert(all.end(), words + 1, argv.end());
  std::erase_if(all, [](const std::string& line) { return trim(line).empty(); });
  return all;
}

Finished pip_install(const Rig& rig, const Command& command) {
  const auto environment = std::filesystem::path(command.argv.front()).parent_path().parent_path();
  const auto option = std::find(command.argv.begin(), command.argv.end(), "--index-url");
  const std::string index = option != command.argv.end() ? *(option + 1) : std::string();
  std::string out;
  for (const auto& requirement : requirements_of(rig, command)) {
    const auto name = requirement.substr(0, requirement.find_first_of("=<>~! ;["));
    if (name == "no-such-project") {
      return finished(1, out +
                             "ERROR: Could not find a version that satisfies the requirement no-such-project "
                             "(from versions: none)\n"
                             "ERROR: No matching distribution found for no-such-project\n");
    }
    if (sees_system(rig, environment) &&
        rig.root.info("/usr/lib/python3/dist-packages/" + name + ".egg-info"))
      continue;
    out += format("Collecting {0}\n  Downloading {0}-1.0-py3-none-any.whl (1.2 MB)\n", name);
    add_distribution(rig, environment, name, version_in(index, name));
  }
  return finished(0, out + "Installing collected packages\n");
}

}  // namespace

void add_python(Rig& rig) {
  rig.add_program("/usr/bin/python3.11");
  rig.root.make_link("/usr/bin/python3", "python3.11");
  rig.add_file("/usr/lib/python3.11/ensurepip/__init__.py");
  const auto python = [&rig](const Command& command) {
    if (has_word(command, "venv"))
      return make_environment(rig, command.argv.back(), has_word(command, "--system-site-packages"));
    if (has_word(command, "ensurepip"))
      return add_pip(rig, std::filesystem::path(command.argv.front()).parent_path().parent_path());
    if (has_word(command, "pip")) return pip_install(rig, command);
    auto word = std::find(command.argv.begin(), command.argv.end(), "-c");
    if (command.argv.end() - word < 3) return finished(2);
    std::string versions;
    for (word += 2; word != command.argv.end(); ++word) {
      if (*word == "missing")
        return finished(1, "", "Traceback\nModuleNotFoundError: No module named 'missing'\n");
      versions += *word + " 1.0\n";
    }
    return finished(0, versions);
  };
  rig.programs.on("python3", python);
  rig.programs.on("python", python);
}

void add_conda_python(Rig& rig, const std::filesystem::path& prefix) {
  add_python(rig);
  rig.root.make_directories(prefix.parent_path());
  rig.root.make_directories(prefix, 0755, k_environments);
  rig.add_program(prefix / "bin/python3.11");
  rig.root.make_link(prefix / "bin/python", "python3.11");
  const std::string site = "lib/python3.11/site-packages/";
  for (const auto& [name, version] : {std::pair("python", "3.11.9"), std::pair("pip", "1.0")}) {
    Value files = Value::strings({"bin/python3.11", "bin/python"});
    if (name == std::string_view("pip"))
      files = Value::strings({site + "pip-1.0.dist-info/METADATA", site + "pip-1.0.dist-info/RECORD"});
    const Value record =
        Value::map({{"name", name}, {"version", version}, {"build", "0"}, {"files", std::move(files)}});
    rig.add_file(prefix / "conda-meta" / format("{}-{}-0.json", name, version), to_json(record));
  }
  add_distribution(rig, prefix, "pip");
}

void add_micromamba(Rig& rig) {
  rig.add_program("/opt/rigsetup/micromamba/2.9.0-0/micromamba");
  for (const char* dist : {"python-3.12.4-0", "numpy-1.26.4-0"})
    rig.downloads.serve(format("https://conda.anaconda.org/conda-forge/linux-64/{}.conda", dist), dist);
  rig.programs.on("micromamba", [&rig](const Command& command) {
    const std::filesystem::path prefix = command.argv.at(3);  // install -p PREFIX
    Value link = Value::list();
    for (const auto& [name, version] : {std::pair("python", "3.12.4"), std::pair("numpy", "1.26.4")}) {
      const auto dist = format("{}-{}-0", name, version);
      const auto record = prefix / "conda-meta" / (dist + ".json");
      if (rig.root.info(record)) continue;
      const Value package =
          Value::map({{"name", name},
                      {"version", version},
                      {"build", "0"},
                      {"sha256", sha256_hex(dist)},
                      {"url", format("https://conda.anaconda.org/conda-forge/linux-64/{}.conda", dist)}});
      link.push_back(package);
      if (!has_word(command, "--dry-run")) rig.add_file(record, to_json(package));
    }
    const Value actions = Value::map({{"LINK", std::move(link)}});
    return finished(0, to_json(Value::map({{"actions", actions}, {"success", true}})) + "\n");
  });
}

void add_miniforge(Rig& rig) {
  rig.downloads.serve("https://mirror.example.com/Miniforge3-26.7.2-0-Linux-x86_64.sh",
                      "Miniforge3 26.7.2-0\n");
  rig.programs.on("sh", [&rig](const Command& command) { return install_conda(rig, command); });
}

void add_useradd(Rig& rig) {
  rig.add_program("/usr/sbin/useradd");
  rig.programs.on("useradd", [&rig](const Command& command) {
    if (rig.root.info("/etc/passwd.lock"))
      return finished(1, "useradd: cannot lock /etc/passwd; try again later.\n");
    const std::string& name = command.argv.back();
    if (has_word(command, "--user-group") && find_group(rig.root, name))
      return finished(
          9,
          format("useradd: group {} exists - if you want to add this user to that group, use -g.\n", name));
    rig.add_file("/etc/passwd",
                 rig.text("/etc/passwd") + name + ":x:997:997::/nonexistent:/usr/sbin/nologin\n");
    return finished(0);
  });
}

void add_systemctl(Rig& rig) {
  rig.add_program("/usr/bin/systemctl");
  rig.add_program("/usr/bin/journalctl");
  rig.add_file("/usr/lib/systemd/system/nvidia-persistenced.service", "[Service]\n");
  rig.programs.on("systemctl", [&rig](const Command& command) {
    const std::string unit = command.argv.back();
    const auto link = std::filesystem::path("/etc/systemd/system/multi-user.target.wants") / unit;
    const auto active = std::filesystem::path("/run/active") / unit;
    const bool exists = rig.root.info(std::filesystem::path("/usr/lib/systemd/system") / unit).has_value();
    const std::string state = !exists ? "" : rig.root.info(link) ? "enabled" : "disabled";
    if (has_word(command, "is-enabled")) {
      if (!exists)
        return finished(1, "", "Failed to get unit file state for " + unit + ": No such file or directory\n");
      return finished(state == "enabled" ? 0 : 1, state + "\n");
    }
    if (has_word(command, "show")) {
      return finished(
          0, format("LoadState={}\nActiveState={}\nUnitFileState={}\nNeedDaemonReload=no\n",
                    exists ? "loaded" : "not-found", rig.root.info(active) ? "active" : "inactive", state));
    }
    if (has_word(command, "enable")) {
      rig.root.make_directories(link.parent_path());
      rig.root.make_link(link, "/usr/lib/systemd/system/" + unit);
    }
    if (has_word(command, "disable")) rig.root.remove(link);
    if (has_word(command, "start")) rig.add_file(active);
    if (has_word(command, "stop")) rig.root.remove(active);
    return finished(0);
  });
  rig.programs.on("journalctl", [](const Command&) { return finished(0, "cannot open /dev/nvidia0\n"); });
}

void add_nvcc(Rig& rig) {
  rig.add_program("/usr/bin/nvcc");
  rig.programs.on("nvcc", [&rig](const Command& command) {
    if (has_word(command, "--version"))
      return finished(0, "nvcc: NVIDIA\nCuda compilation tools, release 11.8, V11.8.89\n");
    if (!rig.root.info(command.directory / "probe.cu")) return finished(1, "", "probe.cu: No such file\n");
    rig.add_program(command.directory / "probe");
    return finished(0);
  });
  rig.programs.on("probe", [](const Command&) {
    return finished(10, "cudaErrorNoDevice (100): no CUDA-capable device is detected\n");
  });
}

void let_nvml_say(Rig& rig, const NvmlAnswer& answer) {
  rig.programs.on("nvml-probe", [json = to_json(to_value(answer)), failed = answer.error.has_value()](
                                    const Command&) { return finished(failed ? 1 : 0, json); });
}

void add_gpu(Rig& rig) {
  rig.live = true;
  const std::filesystem::path device = "/sys/bus/pci/devices/0000:01:00.0";
  rig.add_to_machine(device / "class", "0x030000\n");
  rig.add_to_machine(device / "vendor", "0x10de\n");
  rig.add_to_machine(device / "device", "0x2684\n");
  rig.machine.make_link(device / "driver", "../../../../bus/pci/drivers/nvidia");
  rig.add_to_machine("/proc/driver/nvidia/version",
                     "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.309.01\n");
  NvmlAnswer answer;
  answer.driver_version = "535.309.01";
  answer.cuda_version = "12.2";
  NvmlGpu gpu;
  gpu.address = "0000:01:00.0";
  gpu.name = "NVIDIA GeForce RTX 4090";
  gpu.memory_bytes = 25757220864;
  answer.gpus.push_back(gpu);
  let_nvml_say(rig, answer);
}

void add_probes(Rig& rig) {
  rig.programs.on("cuda-probe", [](const Command&) {
    return finished(
        0, R"({"library": "/usr/lib/x86_64-linux-gnu/libcuda.so.1", "cuda_version": 13000, "devices": [
      {"name": "NVIDIA GeForce RTX 4090", "pci": "0000:01:00.0", "compute": "8.9", "memory_bytes": 25390809088,
       "wrong": 0}]})");
  });
  rig.programs.on("cudnn-probe", [](const Command&) {
    return finished(0, R"({"library": "/usr/lib/x86_64-linux-gnu/libcudnn.so.9", "version": 91900,
      "cuda_version": 13010, "device": "NVIDIA GeForce RTX 4090", "wrong": 0})");
  });
}

void add_framework(Rig& rig) {
  const auto answer = parse_json(R"({"answer": {"python": "3.11.2", "version": "2.11.0+cu128", "cuda": "12.8",
      "architectures": ["sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120", "compute_120"], "outside": [],
      "devices": [{"name": "NVIDIA GeForce RTX 4090", "computed": [{"what": "a matrix product", "wrong": 0},
                                                                   {"what": "a convolution", "wrong": 0}]}]}})");
  rig.programs.on("python", [answer](const Command& command) {
    return finished(0, format("{{\"at\": \"importing {}\"}}\n{}\n", command.argv.back(), to_json(answer)));
  });
}

void add_runfile(Rig& rig) {
  rig.add_program("/usr/bin/nvidia-uninstall");
  rig.programs.on("nvidia-uninstall", [&rig](const Command& command) {
    if (!has_word(command, "--silent")) return finished(1, "it would ask\n");
    rig.root.remove("/usr/bin/nvidia-uninstall");
    return finished(0);
  });
}

void prepare_for_example(Rig& rig, std::string_view kind) {
  if (kind == "nvidia_modules") {
    add_kernel(rig, "6.8.0-45-generic");
    add_driver_files(rig, "580.95.05");
    change_later(rig, "/etc/modprobe.d/nouveau-off.conf", "/boot/initrd.img-6.8.0-45-generic");
    add_dkms(rig, "nvidia", "580.95.05");
  }
  if (kind == "nvidia_loaded") {
    add_gpu(rig);
    add_driver_files(rig, "535.309.01");
    rig.add_to_machine("/proc/sys/kernel/osrelease", "6.8.0-45-generic\n");
    rig.add_file("/lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko.zst");
    rig.add_program("/usr/bin/nvidia-modprobe");
    rig.programs.on("nvidia-modprobe", [](const Command&) { return finished(0); });
    add_modprobe(rig);
    rig.machine.remove("/proc/driver/nvidia/version");
    rig.machine.remove("/sys/bus/pci/devices/0000:01:00.0/driver");
  }
  if (kind == "mok_enrolment") add_secure_boot(rig);
  if (kind == "service") add_systemctl(rig);
  if (kind == "system_account") add_useradd(rig);
  if (kind == "virtualenv_packages") add_python(rig);
  if (kind == "conda_engine")
    rig.downloads.serve("https://mirror.example.com/micromamba-2.9.0-0-linux-64", "micromamba 2.9.0-0\n");
  if (kind == "conda_packages") add_micromamba(rig);
  if (kind == "conda_pip") add_conda_python(rig, "/opt/rigsetup/envs/notebook");
  if (kind == "conda_installation") add_miniforge(rig);
  if (kind == "shell_startup") rig.add_file("/etc/bash.bashrc", "PS1='$ '\n");
  if (kind == "nvcc_compiles") add_nvcc(rig);
  if (kind == "nvidia_gpu") add_gpu(rig);
  if (kind == "nvidia_runfile") add_runfile(rig);
  if (kind == "nvidia_driver" || kind == "cuda_toolkit" || kind == "cudnn") {
    rig.add_file("/etc/os-release",
                 "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\nPRETTY_NAME=\"Ubuntu 22.04\"\n");
    add_gpu(rig);
  }
  if (kind == "libcuda" || kind == "libcudnn") {
    add_gpu(rig);
    add_probes(rig);
  }
  for (const auto& [check, folder] : std::map<std::string_view, std::filesystem::path>{
           {"torch_cuda", "/opt/torch"}, {"tensorflow_gpu", "/opt/tensorflow"}, {"jax_gpu", "/opt/jax"}}) {
    if (kind != check) continue;
    add_gpu(rig);
    add_python(rig);
    make_environment(rig, folder);
    add_framework(rig);
  }
  if (kind == "python_import") {
    add_python(rig);
    make_environment(rig, "/opt/notebook");
  }
  if (kind == "command") {
    rig.add_program("/usr/bin/ln");
    rig.add_program("/usr/bin/test");
    rig.add_file("/usr/share/zoneinfo/UTC");
    rig.programs.on("ln", [&rig](const Command& command) {
      rig.root.make_link(command.argv.back(), command.argv[command.argv.size() - 2]);
      return finished(0);
    });
    rig.programs.on("test", [&rig](const Command& command) {
      return finished(rig.root.info_followed(command.argv.back()) ? 0 : 1);
    });
  }
}

}  // namespace rigsetup::test
