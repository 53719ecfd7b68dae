// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/apt_hold.hpp"

namespace rigsetup {
namespace {

class AptPackages final : public Resource {
 public:
  /// `replaced`: those of the absent that others may have brought, for the same purpose.
  explicit AptPackages(apt::Request request, std::vector<std::string> replaced = {})
      : request_(std::move(request)), replaced_(std::move(replaced)) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const auto status = apt::DpkgStatus::read(host.files);
    const auto lacks = apt::lacks(request_, status);
    if (lacks.empty()) return AsWanted{have_text(status)};
    std::vector<std::string> have;
    std::vector<std::string> want;
    for (const auto& lack : lacks) {
      have.push_back(lack.have);
      want.push_back(lack.want);
    }
    return Differs{join(have, ", "), join(want, ", ")};
  }

  Applied apply(const Context&) const override {
    throw Error(Code::internal, "cannot apply packages one step at a time: they change in transactions");
  }

  std::optional<apt::Request> packages() const override { return request_; }

  std::vector<Consent> consents(const Host& host) const override {
    const auto status = apt::DpkgStatus::read(host.files);
    std::vector<Consent> consents;  // one for each: of what was agreed to, less may be left
    for (const auto& name : replaced_) {
      if (apt::is_absent(status, name)) continue;
      consents.push_back({"replace", format("would remove {} {}, in whose place others come", name,
                                            status.find(name)->version)});
    }
    return consents;
  }

  std::vector<Thing> things() const override {
    std::vector<Thing> things;
    for (const auto& package : request_.install) {
      things.push_back({"apt_packages", package.name});
      if (request_.hold) things.push_back({"apt_hold", package.name});
    }
    return things;
  }

  /// A package that is there in whatever version was there before; so was a hold.
  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    const auto status = apt::DpkgStatus::read(host.files);
    std::vector<Thing> made;
    for (auto& thing : things()) {
      const auto* package = status.find(thing.name);
      const bool there =
          thing.kind == "apt_hold" ? package && package->held() : !apt::is_absent(status, thing.name);
      if (!there) made.push_back(std::move(thing));
    }
    return made;
  }

  /// Also what an earlier recipe installed and this one wants absent.
  std::vector<Thing> removed(const Host& host) const override {
    const auto status = apt::DpkgStatus::read(host.files);
    std::vector<Thing> gone;
    for (const auto* names : {&request_.absent, &request_.unneeded}) {
      for (const auto& name : *names) {
        if (apt::is_absent(status, name)) gone.push_back({"apt_packages", name});
      }
    }
    return gone;
  }

 private:
  std::string have_text(const apt::DpkgStatus& status) const {
    std::vector<std::string> have;
    for (const auto& package : request_.install) {
      const auto* installed = status.find(package.name);
      have.push_back(installed ? package.name + " " + installed->version : package.name);
    }
    for (const auto& name : request_.absent) have.push_back("no " + name);
    return join(have, ", ");
  }

  apt::Request request_;
  std::vector<std::string> replaced_;
};

std::unique_ptr<Resource> make_removal(const std::vector<Thing>& things) {
  apt::Request request;
  for (const Thing& thing : things) {
    (thing.along ? request.unneeded : request.absent).push_back(thing.name);
    if (thing.note == k_own_hold) request.own_holds.push_back(thing.name);
  }
  return std::make_unique<AptPackages>(std::move(request));
}

std::string title(const Fields& fields) {
  constexpr std::size_t k_shown = 4;
  auto names = fields.texts("packages");
  for (const auto* field : {"absent", "replaces"}) {
    for (const auto& name : fields.texts(field)) names.push_back("no " + name);
  }
  const std::size_t more = names.size() > k_shown ? names.size() - k_shown : 0;
  names.resize(names.size() - more);
  const std::string shown = "packages " + join(names, ", ");
  return more == 0 ? shown : format("{} and {} more", shown, more);
}

void add_absent(const Step& step, std::string_view field, apt::Request& request, Complaints& complaints) {
  const auto names = step.fields.texts(field);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto package = parse_package(names[i]);
    const auto place = step.fields.place_of_item(field, i);
    if (!package || !package->range.any()) {
      complaints.push_back({place, format("\"{}\" is not the name of a package", names[i]),
                            "a package that must be absent is named without a version"});
    } else if (std::any_of(request.install.begin(), request.install.end(),
                           [&](const PackageName& wanted) { return wanted.name == package->name; })) {
      complaints.push_back(
          {place, format("{} is both in packages and in {}", package->name, field), "remove one of them"});
    }
    request.absent.push_back(names[i]);
  }
}

std::unique_ptr<Resource> make(const Step& step, const Attachments&, Complaints& complaints) {
  const Fields& fields = step.fields;
  const auto packages = fields.texts("packages");
  apt::Request request;
  request.step = step.id;
  request.recommends = fields.boolean("recommends");
  request.hold = fields.boolean("hold");
  request.automatic = fields.boolean("automatic");
  for (std::size_t i = 0; i < packages.size(); ++i) {
    if (auto package = parse_package(packages[i])) {
      request.install.push_back(std::move(*package));
    } else {
      complaints.push_back({fields.place_of_item("packages", i),
                            format("\"{}\" names no package", packages[i]),
                            "write nginx, nginx=1.2-3 or \"nginx (>= 1.2)\""});
    }
  }
  for (const auto* field : {"absent", "replaces"}) add_absent(step, field, request, complaints);
  if (packages.empty() && request.absent.empty()) {
    complaints.push_back(
        {step.place, "apt_packages names no package", "packages: those to install; absent: to remove"});
  }
  return std::make_unique<AptPackages>(std::move(request), fields.texts("replaces"));
}

}  // namespace

const Kind& apt_packages_kind() {
  static const Kind kind = {
      .name = "apt_packages",
      .summary =
          "Packages that are installed, or absent. All that comes along is shown in the plan, exact to the "
          "version.",
      .example = R"yaml(- apt_packages:
    packages: [nginx, "curl (>= 7.81)"]
    absent: [apache2]
)yaml",
      .fields =
          {
              {.name = "packages",
               .type = FieldType::texts,
               .summary = "to be installed: a name, name=version or \"name (>= version)\""},
              {.name = "absent", .type = FieldType::texts, .summary = "names of packages to be removed"},
              {.name = "replaces",
               .type = FieldType::texts,
               .summary =
                   "names of packages in whose place these come: removed with the consent \"replace\""},
              {.name = "hold",
               .type = FieldType::boolean,
               .summary = "keep them at their version when others upgrade",
               .fallback = "false"},
              {.name = "recommends",
               .type = FieldType::boolean,
               .summary = "also install what the packages recommend",
               .fallback = "true"},
              {.name = "automatic",
               .type = FieldType::boolean,
               .summary = "mark them as what came along, so that `apt autoremove` takes them away with what "
                          "they serve",
               .fallback = "false"},
          },
      .hold = Hold::dpkg,
      .independent_of = {"apt_packages", "virtualenv_packages", "conda_engine", "conda_installation",
                         "conda_packages", "conda_pip"},
      .noun = "package",
      .title = title,
      .make = make,
      .make_removal = make_removal,
  };
  return kind;
}

}  // namespace rigsetup
