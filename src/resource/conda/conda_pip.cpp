// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/conda/conda_pip_wish.hpp"
#include "resource/program_file.hpp"
#include "resource/python/environment_owner.hpp"
#include "resource/python/pip.hpp"
#include "resource/python/python_files.hpp"
#include "resource/python/python_needs.hpp"

namespace rigsetup {
namespace {

/// Beside the one of conda's packages: each stage knows for itself whether it came to its end.
constexpr std::string_view k_record = ".rigsetup-pip";

class CondaPip final : public Resource {
 public:
  explicit CondaPip(CondaPipWish wish) : wish_(std::move(wish)) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const Tree& files = host.files;
    const auto user = find_environment_owner(files, wish_.owner);
    if (!user) return Pending{format("there is no user {} yet", wish_.owner)};
    const CondaPython there = read_conda_python(files, wish_.prefix);
    const bool has_python = files.info_followed(python()) && !there.by_pip.sites.empty();
    if (!has_python && !wish_.is_empty()) return Pending{format("there is no {} yet", python().string())};
    const std::string have = difference(files, there, user->owner);
    if (have.empty()) return AsWanted{wish_.have_text(there)};
    return Differs{have, wish_.text()};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    const auto user = find_environment_owner(files, wish_.owner);
    if (!user) {
      throw wish_.error(Code::not_found, format("there is no user {}", wish_.owner),
                        hint_for_owner(wish_.owner));
    }
    const CondaPython there = read_conda_python(files, wish_.prefix);
    require_fit(files, there, *user);
    // From here on it is unfinished, until the record is written whole.
    write_record(files, wish_.prefix, {}, user->owner, k_record);
    const PipUse use = use_of_pip();
    try {
      fill(files, there, Pip(context, use, *user));
    } catch (const Error&) {
      files.remove_all(use.work_folder());  // a full disk must not stay full
      throw;
    }
    files.remove_all(use.work_folder());
    write_record(files, wish_.prefix,
                 {wish_.digest(), read_conda_python(files, wish_.prefix).by_pip.packages}, user->owner,
                 k_record);
    return Done{};
  }

 private:
  std::filesystem::path python() const { return std::filesystem::path(wish_.prefix) / "bin/python"; }

  PipUse use_of_pip() const {
    PipUse use{.environment = wish_.prefix, .doing = wish_.doing()};
    use.require_hashes = !wish_.lock.empty() || has_hashes(join(wish_.section.requirements, "\n"));
    use.index_url = wish_.section.index_url;
    use.extra_index_urls = wish_.section.extra_index_urls;
    return use;
  }

  /// Why another inspection would not find it as wanted: empty when nothing has to be done.
  std::string difference(const Tree& files, const CondaPython& there, Owner owner) const {
    const auto record = read_record(files, wish_.prefix, k_record);
    if (!record && wish_.is_empty() && there.by_pip.packages.empty()) return "";
    if (there.by_pip.owner.uid != owner.uid) return format("it belongs to user {}", there.by_pip.owner.uid);
    if (record && record->asked.empty()) return "pip did not come to its end";
    const std::string lack = wish_.lack_of(there, record.value_or(EnvironmentRecord{}));
    if (!lack.empty()) return lack;
    const auto damaged = damaged_packages(files, there.by_pip);
    if (!damaged.empty())
      return printable(join(damaged, ", ")) + (damaged.size() == 1 ? " is damaged" : " are damaged");
    return record && record->asked == wish_.digest() ? "" : "made for other requirements";
  }

  /// What speaks against letting the environment's pip work there, before anything is changed.
  void require_fit(const Tree& files, const CondaPython& there, const User& user) const {
    if (!files.info_followed(python()) || there.by_pip.sites.empty()) {
      if (wish_.is_empty()) return;
      throw wish_.error(Code::not_found, "there is no Python in it", "name python among conda's packages");
    }
    if (there.by_pip.owner.uid != user.owner.uid) {
      throw wish_.error(Code::conflict,
                        format("it belongs to user {}, not to {}", there.by_pip.owner.uid, wish_.owner),
                        hint_for(there.by_pip.owner, files.outside(wish_.prefix), user));
    }
    auto code = there.by_pip.sites;
    code.push_back(python());
    for (const auto& path : code) {
      Owner owner = code_owner(files, path);
      if (owner.uid == user.owner.uid) owner = files.info_followed(path)->owner;
      if (owner.uid == 0 || owner.uid == user.owner.uid) continue;
      throw wish_.error(
          Code::conflict,
          format("{} is in the hands of user {}, and {} would run it", path.string(), owner.uid, wish_.owner),
          "name that user as owner, or put it right with chown");
    }
    if (const std::string why = wish_.conflict(there); !why.empty()) {
      throw wish_.error(Code::conflict, why,
                        "ask conda for that version, under packages or dependencies, or leave it out here");
    }
    if (!wish_.is_empty() && !there.by_conda.contains("pip") && !there.by_pip.packages.contains("pip")) {
      throw wish_.error(Code::not_found, "there is no pip in it",
                        "name pip among conda's packages; a lock must have it");
    }
  }

  void fill(const Tree& files, const CondaPython& there, const Pip& pip) const {
    remove_remains(files, there.by_pip, there.infos_of_conda);
    forget_what_conda_has(files, there);
    const auto requirements = wish_.requirements();
    if (!wish_.is_empty()) install(files, there, pip, requirements);
    if (!wish_.exact) return;
    const PythonEnvironment present = read_conda_python(files, wish_.prefix).by_pip;
    for (const std::string& name : not_needed(files, present, requirements))
      remove_package(files, present, name);
  }

  void install(const Tree& files, const CondaPython& there, const Pip& pip,
               const std::vector<PythonRequirement>& requirements) const {
    std::vector<std::string> options;
    if (!wish_.lock.empty()) options = {"--no-deps"};  // a lock has them all
    // pip takes nothing of conda's away and brings no other version of it, whatever needs one.
    options.insert(options.end(),
                   {"--constraint", pip.write("conda.txt", versions_of_conda(there)).string()});
    auto anew = other_builds(there.by_pip, requirements, wish_.section.index_url);
    for (const auto& name : damaged_packages(files, there.by_pip))
      anew[name] = there.by_pip.packages.at(name);
    if (!wish_.lock.empty()) {
      // By its URL and hash, as if it had not been there.
      for (const auto& [name, version] : anew) remove_package(files, there.by_pip, name);
    } else if (!anew.empty()) {
      pip.install_anew(wish_.requirements_file(there), anew, options);
    }
    const auto wanted = wish_.requirements_file(read_conda_python(files, wish_.prefix));
    if (!wanted.empty()) pip.install(wanted, {}, options);
  }

  /// pip's notes of packages that conda has brought since; the files are conda's now.
  void forget_what_conda_has(const Tree& files, const CondaPython& there) const {
    for (const auto& site : there.by_pip.sites) {
      const auto below = site.lexically_relative(wish_.prefix);
      for (const std::string& name : files.list(site)) {
        const bool of_conda = there.infos_of_conda.contains((below / name).string());
        if (!of_conda && there.in_the_way.contains(package_of_info(name))) files.remove_all(site / name);
      }
    }
  }

  std::string versions_of_conda(const CondaPython& there) const {
    std::string text;
    for (const auto& [name, version] : there.by_conda) {
      const bool is_version = !version.empty() && version.front() >= '0' && version.front() <= '9';
      if (is_version && version == printable(version)) text += format("{}=={}\n", name, version);
    }
    return text;
  }

  CondaPipWish wish_;
};

std::string title(const Fields& fields) {
  return "pip's packages of the conda environment " + fields.text("path");
}

std::unique_ptr<Resource> make(const Step& step, const Attachments& attachments, Complaints& complaints) {
  const Fields& fields = step.fields;
  CondaPipWish wish;
  wish.prefix = fields.text("path");
  wish.owner = fields.text("owner");
  wish.exact = fields.boolean("exact");
  complain_of_owner(fields, complaints);
  const auto packages = fields.texts("packages");
  for (std::size_t i = 0; i < packages.size(); ++i)
    read_pip_line(packages[i], fields.place_of_item("packages", i), wish.section, complaints);
  if (fields.has("index_url")) {
    read_pip_line("--index-url " + fields.text("index_url"), fields.place("index_url"), wish.section,
                  complaints);
  }
  const auto extra = fields.texts("extra_index_urls");
  for (std::size_t i = 0; i < extra.size(); ++i)
    read_pip_line("--extra-index-url " + extra[i], fields.place_of_item("extra_index_urls", i), wish.section,
                  complaints);
  const std::string lock = fields.text("lock");
  if (const auto found = attachments.find(lock); !lock.empty() && found != attachments.end())
    wish.lock = read_conda_lock(found->second, lock, complaints).pip;
  if (!packages.empty() && fields.has("lock")) {
    complaints.push_back(
        {fields.place("packages"), "a lock names every package already", "leave packages out, or the lock"});
  }
  if (packages.empty() && !fields.has("lock") && !wish.exact)
    complaints.push_back({step.place, "it has neither packages nor a lock", "packages: [six]"});
  return std::make_unique<CondaPip>(std::move(wish));
}

}  // namespace

const Kind& conda_pip_kind() {
  static const Kind kind = {
      .name = "conda_pip",
      .summary =
          "Python packages that pip adds to a conda environment, as its owner; what conda has put there "
          "stays as it is. Steps of the kind conda_env bring it.",
      .example = R"yaml(- conda_pip:
    path: /opt/rigsetup/envs/notebook
    packages: [six]
)yaml",
      .fields =
          {
              {.name = "path",
               .type = FieldType::path,
               .summary = "where the environment lies",
               .required = true},
              {.name = "packages",
               .type = FieldType::texts,
               .summary = "what pip installs: six, six==1.16.0, \"six @ https://.../six.whl\""},
              {.name = "lock",
               .type = FieldType::attachment,
               .summary = "instead: a conda-lock file beside the recipe, of which these are the packages of "
                          "pip's, by their hashes"},
              {.name = "index_url", .summary = "package index; without one, pip's own"},
              {.name = "extra_index_urls",
               .type = FieldType::texts,
               .summary = "further indexes; pip takes the newest version of all, whichever has it"},
              owner_field(),
              {.name = "exact",
               .type = FieldType::boolean,
               .summary = "take away packages of pip's that nothing of this needs",
               .fallback = "false"},
          },
      .usual = std::chrono::seconds(60),
      .independent_of = {"apt_packages", "apt_repository", "service", "nvidia_modules", "mok_enrolment",
                         "nvidia_loaded", "nvidia_runfile", "virtualenv_packages", "conda_installation",
                         "conda_pip"},
      .title = title,
      .make = make,
  };
  return kind;
}

}  // namespace rigsetup
