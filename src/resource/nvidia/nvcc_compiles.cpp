// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/program_file.hpp"
#include "resource/scratch_folder.hpp"

namespace rigsetup {
namespace {

// Uses the GPU when there is one, and says what CUDA answered when there is none it can use.
// cudaErrorInsufficientDriver is what a program without libcuda hears, cudaErrorNoDevice one without a GPU.
constexpr std::string_view k_program = R"cuda(#include <cstdio>
#include <cuda_runtime.h>

__global__ void square(int* values) { values[threadIdx.x] *= values[threadIdx.x]; }

static int answer(cudaError_t error) {
  if (error == cudaSuccess) return 0;
  std::printf("%s (%d): %s\n", cudaGetErrorName(error), static_cast<int>(error), cudaGetErrorString(error));
  return error == cudaErrorNoDevice || error == cudaErrorInsufficientDriver ? 10 : 11;
}

int main() {
  int devices = 0;
  if (int status = answer(cudaGetDeviceCount(&devices))) return status;
  if (devices == 0) {
    std::puts("no device");
    return 10;
  }
  const int count = 64;
  int values[count];
  for (int i = 0; i < count; ++i) values[i] = i;
  int* on_device = nullptr;
  if (int status = answer(cudaMalloc(&on_device, sizeof values))) return status;
  if (int status = answer(cudaMemcpy(on_device, values, sizeof values, cudaMemcpyHostToDevice))) return status;
  square<<<1, count>>>(on_device);
  if (int status = answer(cudaGetLastError())) return status;
  if (int status = answer(cudaMemcpy(values, on_device, sizeof values, cudaMemcpyDeviceToHost))) return status;
  for (int i = 0; i < count; ++i) {
    if (values[i] != i * i) {
      std::printf("the kernel computed %d for %d squared\n", values[i], i);
      return 12;
    }
  }
  std::printf("%d device(s); a kernel ran and its result is right\n", devices);
}
)cuda";
constexpr int k_no_device = 10;
constexpr int k_wrong_result = 12;

/// The digits that follow these words; empty when the words are not there.
std::string number_after(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == std::string_view::npos) return "";
  const auto rest = text.substr(at + words.size());
  return std::string(rest.substr(0, rest.find_first_not_of("0123456789")));
}

/// What nvcc and the compiler behind it say when something is missing, in words that help.
Failed compile_failure(const Finished& finished, const std::string& host_compiler) {
  const std::string said = finished.out + finished.err;
  const auto contains = [&](std::string_view text) { return said.find(text) != std::string::npos; };
  if (contains("cc1plus")) {
    return {"the host compiler has no C++ part (cc1plus)",
            "add the package g++ in the version of that gcc, or name another with host_compiler"};
  }
  if (const auto newest = number_after(said, "gcc versions later than "); !newest.empty()) {
    return {format("the host compiler is too new: this CUDA toolkit takes GCC up to {}", newest),
            format("add the package g++-{0} and write host_compiler: g++-{0}", newest)};
  }
  if (contains("cuda_runtime.h: No such file") || contains("cannot find -lcudart")) {
    return {"the CUDA runtime's headers or libraries are missing",
            "add the development package of the toolkit: nvidia-cuda-dev, or cuda-cudart-dev of its version"};
  }
  if (contains("Failed to preprocess host compiler properties") || contains("gcc: not found") ||
      contains("g++: not found") || contains("No such file or directory\nnvcc")) {
    if (host_compiler.empty()) {
      return {"nvcc finds no host compiler", "add the package g++, or name one with host_compiler"};
    }
    return {format("nvcc cannot use the host compiler {}", host_compiler),
            format("add the package {}, or name another with host_compiler", host_compiler)};
  }
  return {format("nvcc: {}: {}", finished.text(), printable(last_lines(said, 1))),
          "the evidence shows all that it said"};
}

class NvccCompiles final : public Check {
 public:
  explicit NvccCompiles(const Fields& fields)
      : nvcc_(fields.text("nvcc")), host_compiler_(fields.text("host_compiler")) {}

  Checked check(const Context& context) const override {
    const Tree& files = context.host.files;
    const auto nvcc = find_nvcc(files);
    if (!nvcc) {
      return {Failed{format("there is no {}", nvcc_), "the step that installs the CUDA toolkit comes first"},
              {}};
    }
    // Code of others never runs as root, and a host compiler may be somebody's as well.
    const Owner owner = code_runner(files, nvcc->parent_path());
    const ScratchFolder folder(files, "nvcc", owner);
    files.write(folder.path() / "probe.cu", k_program, 0600, owner);

    std::vector<Evidence> evidence;
    const auto run = [&](std::vector<std::string> argv) {
      Command command;
      command.argv = std::move(argv);
      command.directory = folder.path();
      command.environment = {{"TMPDIR", folder.path().string()}};
      command.timeout = std::chrono::minutes(5);
      command.as = owner;
      return context.host.programs.run(command, context.stop);
    };
    const auto tell = [&](const char* label) {
      Progress progress;
      progress.label = label;
      context.reporter.progress(progress);
    };

    const Finished version = run({nvcc->string(), "--version"});
    evidence.push_back({nvcc->string() + " --version", printable(release_line(version.out))});
    tell("compiling a CUDA program");
    std::vector<std::string> argv = {nvcc->string(), "-o", "probe", "probe.cu"};
    if (!host_compiler_.empty()) argv.insert(argv.begin() + 1, {"-ccbin", host_compiler_});
    const Finished compiled = run(argv);
    const std::string said = printable(last_lines(compiled.out + compiled.err, 20), true);
    evidence.push_back({join(argv, " "), compiled.ok() ? "compiled and linked" : said});
    if (!compiled.ok()) return {compile_failure(compiled, host_compiler_), std::move(evidence)};
    tell("starting the CUDA program");
    const Finished started = run({(folder.path() / "probe").string()});
    evidence.push_back(
        {"./probe", started.out.empty() ? started.text() : printable(trim(started.out), true)});
    return {judge(started), std::move(evidence)};
  }

 private:
  std::optional<std::filesystem::path> find_nvcc(const Tree& files) const {
    if (nvcc_ == "nvcc") {
      // NVIDIA's own packages do not put it into the PATH.
      if (auto nvcc = find_program(files, "/usr/local/cuda/bin/nvcc")) return nvcc;
    }
    return find_program(files, nvcc_);
  }

  static std::string release_line(const std::string& version) {
    for (const auto& line : split_lines(version)) {
      if (line.find("release") != std::string::npos) return line;
    }
    return last_lines(version, 1);
  }

  static decltype(Checked::result) judge(const Finished& started) {
    if (started.ok() || started.exit_code == k_no_device) return Passed{};
    if (started.exit_code == k_wrong_result) {
      return Failed{"a compiled CUDA program computed a wrong result",
                    "run it again; the GPU's memory may be faulty"};
    }
    const std::string said = printable(last_lines(started.out + started.err, 1));
    const std::string hint = said.find("NoKernelImage") != std::string::npos
                                 ? "this CUDA toolkit no longer compiles for that GPU: install an older one"
                                 : "the evidence shows what CUDA answered";
    return Failed{format("a compiled CUDA program fails: {}", said.empty() ? started.text() : said), hint};
  }

  std::string nvcc_;
  std::string host_compiler_;
};

std::string title(const Fields& fields) {
  const auto compiler = fields.text("host_compiler");
  return fields.text("nvcc") + " compiles" + (compiler.empty() ? "" : " with " + compiler);
}

std::unique_ptr<Check> make(const Step& step, const Attachments&, Complaints& complaints) {
  for (const std::string_view name : {"nvcc", "host_compiler"}) {
    const auto text = step.fields.text(name);
    const bool relative = text.find('/') != std::string::npos && text.front() != '/';
    if (relative || text.starts_with('-')) {
      complaints.push_back({step.fields.place(name),
                            format("\"{}\" is neither a name nor a path", printable(text)),
                            "write a name that is in the PATH, or the whole path"});
    }
  }
  return std::make_unique<NvccCompiles>(step.fields);
}

}  // namespace

const Kind& nvcc_compiles_kind() {
  static const Kind kind = {
      .name = "nvcc_compiles",
      .summary =
          "Proves that nvcc compiles and links a CUDA program, which is started: on a GPU if there is one.",
      .sort = Sort::check,
      .example = R"(- nvcc_compiles:
    host_compiler: g++-11
)",
      .fields =
          {
              {.name = "nvcc",
               .summary = "the compiler; as a name it is looked for in /usr/local/cuda/bin, too",
               .fallback = "nvcc"},
              {.name = "host_compiler",
               .summary = "the C++ compiler it shall use; without one, what the toolkit is set up for"},
          },
      .hold = Hold::dpkg_shared,
      .reads_only = false,
      .title = title,
      .make_check = make,
  };
  return kind;
}

}  // namespace rigsetup
