// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/python/python_code.hpp"

namespace rigsetup {
namespace {

// Imports each module and says its version, one line each. A module without one is asked for by its
// distribution.
constexpr std::string_view k_script = R"python(import importlib, importlib.metadata, sys
for name in sys.argv[1:]:
    version = getattr(importlib.import_module(name), "__version__", None)
    if version is None:
        try:
            version = importlib.metadata.version(name.partition(".")[0])
        except importlib.metadata.PackageNotFoundError:
            version = "(no version)"
    print(name, version)
)python";

class PythonImport final : public Check {
 public:
  explicit PythonImport(const Fields& fields)
      : python_(fields.text("python")), modules_(fields.texts("modules")), user_(fields.text("user")) {}

  Checked check(const Context& context) const override {
    Progress progress;
    progress.label = "importing " + join(modules_, ", ");
    context.reporter.progress(progress);
    // The first import of a large framework reads gigabytes.
    const auto ran = run_python(context, {python_, user_, k_script, modules_, std::chrono::minutes(5)});
    if (const auto* failed = std::get_if<Failed>(&ran)) return {*failed, {}};
    return judge(std::get<Finished>(ran));
  }

 private:
  Checked judge(const Finished& finished) const {
    const std::string what = format("{} imports {}", python_, join(modules_, ", "));
    if (finished.ok()) return {Passed{}, {{what, printable(trim(finished.out), true)}}};
    const std::string last = printable(last_lines(finished.err, 1));
    const std::string cause = finished.timed_out || last.empty() ? finished.text() : last;
    return {Failed{format("{}: {}", what, cause), hint(last)},
            {{what, printable(last_lines(finished.err, 8), true)}}};
  }

  static std::string hint(const std::string& last) {
    if (last.starts_with("ModuleNotFoundError")) return "the environment lacks it: name it in its packages";
    if (last.find("cannot open shared object file") != std::string::npos) {
      return "a library of the system is missing: the step that brings it comes first";
    }
    return "the evidence shows where it failed";
  }

  std::string python_;
  std::vector<std::string> modules_;
  std::string user_;
};

bool is_module_name(const std::string& name) {
  const auto parts = split(name, '.');
  return std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return !part.empty() && (part.front() < '0' || part.front() > '9') &&
           std::all_of(part.begin(), part.end(),
                       [](unsigned char c) { return std::isalnum(c) || c == '_' || c >= 0x80; });
  });
}

std::string title(const Fields& fields) {
  return format("{} imports {}", fields.text("python"), join(fields.texts("modules"), ", "));
}

std::unique_ptr<Check> make(const Step& step, const Attachments&, Complaints& complaints) {
  const auto modules = step.fields.texts("modules");
  if (modules.empty())
    complaints.push_back({step.fields.place("modules"), "no module is named", "modules: [numpy]"});
  for (std::size_t i = 0; i < modules.size(); ++i) {
    if (!is_module_name(modules[i])) {
      complaints.push_back({step.fields.place_of_item("modules", i),
                            format("\"{}\" is not the name of a module", printable(modules[i])),
                            "as it stands after import: numpy, torch.cuda"});
    }
  }
  return std::make_unique<PythonImport>(step.fields);
}

}  // namespace

const Kind& python_import_kind() {
  static const Kind kind = {
      .name = "python_import",
      .summary = "Proves that an interpreter imports these modules, and shows their versions.",
      .sort = Sort::check,
      .example = R"(- python_import:
    python: /opt/notebook/bin/python
    modules: [numpy]
)",
      .fields =
          {
              {.name = "python",
               .type = FieldType::path,
               .summary = "the interpreter, as the environment has it",
               .required = true},
              {.name = "modules", .type = FieldType::texts, .summary = "names to import", .required = true},
              {.name = "user",
               .summary = "whom it runs as; without one, whom the interpreter's folder belongs to"},
          },
      .hold = Hold::dpkg_shared,
      .reads_only = false,
      .title = title,
      .make_check = make,
  };
  return kind;
}

}  // namespace rigsetup
