// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/conda/conda_install.hpp"
#include "resource/conda/conda_wish.hpp"
#include "resource/nvidia/cuda_choice.hpp"
#include "resource/program_file.hpp"
#include "resource/python/environment_owner.hpp"
#include "resource/python/no_environments.hpp"
#include "resource/python/python_environment.hpp"

namespace rigsetup {
namespace {

class CondaPackages final : public Resource {
 public:
  explicit CondaPackages(CondaWish wish) : wish_(std::move(wish)) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const Tree& files = host.files;
    const auto user = find_environment_owner(files, wish_.owner);
    const CondaEnvironment environment = read_conda_environment(files, wish_.prefix);
    // Whatever else is to come before it.
    if (!environment.exists) return Differs{"absent", wish_.text()};
    if (!user) return Pending{format("there is no user {} yet", wish_.owner)};
    const std::string have = difference(files, environment, user->owner);
    if (have.empty()) return AsWanted{wish_.have_text(environment)};
    if (!find_program(files, wish_.engine)) return Pending{format("{} is not there yet", wish_.engine)};
    return Differs{have, wish_.text()};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    const auto user = find_environment_owner(files, wish_.owner);
    if (!user)
      throw error(Code::not_found, format("there is no user {}", wish_.owner), hint_for_owner(wish_.owner));
    if (!find_program(files, wish_.engine)) {
      throw error(Code::not_found, format("there is no {}", wish_.engine),
                  "a conda_engine step above brings it");
    }
    prepare_folder(files, *user);
    // From here on it is unfinished, until the record is written whole.
    const auto earlier = read_record(files, wish_.prefix);
    const bool whole = earlier && !earlier->asked.empty();
    write_record(files, wish_.prefix, {}, user->owner);
    CondaInstallation(context, wish_, user->owner, {whole, whole && earlier->asked == wish_.digest()}).run();
    const CondaEnvironment made = read_conda_environment(files, wish_.prefix);
    remember(files, wish_.prefix, made);
    std::map<std::string, std::string> versions;
    for (const auto& [name, package] : made.packages) versions[name] = package.version;
    write_record(files, wish_.prefix, {wish_.digest(), std::move(versions)}, user->owner);
    return Done{};
  }

  std::vector<Thing> things() const override { return {{"conda_packages", wish_.prefix}}; }

  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    const CondaEnvironment environment = read_conda_environment(host.files, wish_.prefix);
    const auto record = read_record(host.files, wish_.prefix);
    const bool is_begun = record && record->asked.empty();  // by another try
    if (environment.exists && !environment.is_empty && !is_begun) return {};
    return things();
  }

 private:
  /// What speaks for another inspection to find it as wanted: empty when nothing has to be done.
  std::string difference(const Tree& files, const CondaEnvironment& environment, Owner owner) const {
    if (environment.owner.uid != owner.uid) return format("it belongs to user {}", environment.owner.uid);
    const auto record = read_record(files, wish_.prefix);
    if (record && record->asked.empty()) return "an unfinished environment";
    if (!environment.made) return "no environment";
    const std::string lack = wish_.lack_of(environment, record && record->asked == wish_.digest());
    if (!lack.empty()) return lack;
    const auto damaged = damaged_packages(files, wish_.prefix, environment);
    return damaged.empty() ? "" : format("{}: {}", damaged.begin()->first, damaged.begin()->second);
  }

  /// The folder exists afterwards, belongs to the owner, and clients take it for an environment. It is made
  /// here because the folder above may be root's, and because a client that makes an environment takes away
  /// what is in its place first.
  void prepare_folder(const Tree& files, const User& user) const {
    const std::filesystem::path path = wish_.prefix;
    const Owner above = code_owner(files, path.parent_path());
    if (above.uid != 0 && above.uid != user.owner.uid) {
      throw error(Code::conflict,
                  format("a folder above it belongs to user {}, not to {}", above.uid, wish_.owner),
                  "name that user as owner, or another path");
    }
    if (const auto closed = closed_folder(files, path, user); !closed.empty()) {
      throw error(Code::denied, format("{} may not enter {}", wish_.owner, closed.string()),
                  "name another path, or let others enter that folder: chmod o+x");
    }
    const CondaEnvironment environment = read_conda_environment(files, path);
    if (!environment.exists) {
      files.make_directories(path.parent_path(), 0755, above);
      files.make_directories(path, 0755, user.owner);
    } else if (!environment.made && !environment.is_empty && !read_record(files, path)) {
      throw error(Code::conflict, "something else is there", "move it away, or name another path");
    } else if (environment.owner.uid != user.owner.uid) {
      throw error(Code::conflict,
                  format("it belongs to user {}, not to {}", environment.owner.uid, wish_.owner),
                  hint_for(environment.owner, files.outside(path), user));
    } else if (files.info(path / "conda-meta/frozen")) {
      throw error(Code::conflict, "it is frozen: its maker wants no package of it changed",
                  "name another path, or remove conda-meta/frozen");
    }
    files.make_directories(path / "conda-meta", 0755, user.owner);
  }

  Error error(Code code, const std::string& cause, const std::string& hint) const {
    return Error(code, format("cannot {}: {}", wish_.doing(), cause), hint);
  }

  CondaWish wish_;
};

std::string title(const Fields& fields) { return "conda environment " + fields.text("path"); }

void complain_of_parts(const Fields& fields, const CondaWish& wish, Complaints& complaints) {
  const std::vector<std::string> packages = fields.texts("packages");
  for (std::size_t i = 0; i < packages.size(); ++i) {
    if (parse_conda_spec(packages[i])) continue;
    complaints.push_back({fields.place_of_item("packages", i),
                          format("\"{}\" is not a package as conda names them", excerpt(packages[i])),
                          "numpy, numpy=1.26 or \"numpy>=1.26,<2\""});
  }
  if (packages.empty() && wish.lock.empty() && !fields.has("lock")) {
    complaints.push_back(
        {fields.place("packages"), "it has neither packages nor a lock", "packages: [python]"});
  }
  if (!packages.empty() && fields.has("lock")) {
    complaints.push_back(
        {fields.place("packages"), "a lock names every package already", "leave packages out, or the lock"});
  }
  if (!is_cuda_version(wish.cuda) && !wish.cuda.empty()) {
    complaints.push_back(
        {fields.place("cuda"), format("\"{}\" is not a version of CUDA", excerpt(wish.cuda)), "as \"12.9\""});
  }
  const std::vector<std::string> channels = fields.texts("channels");
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string& channel = channels[i];
    const bool is_sound = !channel.empty() && channel.front() != '-' && channel == printable(channel) &&
                          channel.find_first_of(" \t,") == std::string::npos;
    if (!is_sound) {
      complaints.push_back({fields.place_of_item("channels", i),
                            format("\"{}\" is not a channel", excerpt(masked_url(channel))),
                            "conda-forge, or the address of a mirror"});
    } else if (has_password(channel)) {
      complaints.push_back({fields.place_of_item("channels", i),
                            "a password in a channel's address is kept in clear by every client",
                            "leave it out"});
    }
  }
}

std::unique_ptr<Resource> make(const Step& step, const Attachments& attachments, Complaints& complaints) {
  CondaWish wish = read_conda_wish(step.fields, attachments, complaints);
  complain_of_parts(step.fields, wish, complaints);
  return std::make_unique<CondaPackages>(std::move(wish));
}

}  // namespace

const Kind& conda_packages_kind() {
  static const Kind kind = {
      .name = "conda_packages",
      .summary =
          "The packages of one conda environment, put there by its owner. Steps of the kind conda_env bring "
          "it, with what fits the GPU and the driver.",
      .example = R"yaml(- conda_packages:
    path: /opt/rigsetup/envs/notebook
    engine: /opt/rigsetup/micromamba/2.9.0-0/micromamba
    packages: [python=3.12, numpy]
)yaml",
      .fields =
          {
              {.name = "path",
               .type = FieldType::path,
               .summary = "where the environment lies",
               .required = true},
              {.name = "engine",
               .type = FieldType::path,
               .summary = "the micromamba that makes it",
               .required = true},
              {.name = "packages",
               .type = FieldType::texts,
               .summary = "what is asked for, as conda names it: numpy, numpy=1.26, \"numpy>=1.26,<2\""},
              {.name = "lock",
               .type = FieldType::attachment,
               .summary = "instead: a file beside the recipe that names every package with its hash; what it "
                          "has for pip, a step conda_pip brings"},
              {.name = "channels",
               .type = FieldType::texts,
               .summary = "where packages come from, the first before the others",
               .fallback = "[conda-forge]"},
              owner_field(),
              {.name = "exact",
               .type = FieldType::boolean,
               .summary = "take away what none of these packages needs",
               .fallback = "false"},
              {.name = "cuda", .summary = "the CUDA that the driver offers: \"12.9\"; without it, none"},
          },
      .usual = std::chrono::seconds(120),
      .independent_of = {"apt_packages", "apt_repository", "service", "nvidia_modules", "mok_enrolment",
                         "nvidia_loaded", "nvidia_runfile", "virtualenv_packages", "conda_installation",
                         "conda_pip"},
      .noun = "conda environment",
      .title = title,
      .make = make,
      .make_removal = no_environments,
  };
  return kind;
}

}  // namespace rigsetup
