// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/python/environment_owner.hpp"

#include <rigsetup/base/format.hpp>

namespace rigsetup {
namespace {

/// Debian's names of accounts that packages make begin so, and no person's does.
constexpr std::string_view k_account = "_rigsetup-env";
constexpr std::string_view k_hint = "leave owner out, for an environment that all may use, or name a user";

}  // namespace

FieldSpec owner_field() {
  return {.name = "owner",
          .summary =
              "user it belongs to; everybody may read it. Not root: what packages bring runs as this user. "
              "The default is an account for that alone",
          .fallback = k_account};
}

void complain_of_owner(const Fields& fields, Complaints& complaints) {
  if (fields.text("owner") != "root") return;
  complaints.push_back({fields.place("owner"),
                        "an environment cannot be root's: what its packages bring would run as root",
                        std::string(k_hint)});
}

void add_account(const Fields& fields, Expansion& expansion) {
  if (fields.text("owner") != k_account) return;
  Expansion::Part part;
  part.name = "environments.account";
  part.kind = "system_account";
  part.shared = true;
  part.fields = Value::map({{"name", std::string(k_account)}});
  expansion.parts.push_back(std::move(part));
}

std::optional<User> find_environment_owner(const Tree& files, const std::string& name) {
  auto user = find_user(files, name);
  if (user && user->owner.uid == 0) {
    throw Error(Code::conflict,
                format("cannot make an environment of {}: that is root by another name", name),
                std::string(k_hint));
  }
  return user;
}

std::string hint_for_owner(const std::string& name) {
  if (name != k_account) return "an earlier step must make it";
  return format("add a step above: system_account: {{name: {}}}", k_account);
}

std::string hint_for(Owner other, const std::filesystem::path& environment, const User& user) {
  return format("{}move it away, or give all of it to its owner: chown -R {}:{} {}",
                other.uid == 0 ? "" : "name that user as owner, ", user.owner.uid, user.owner.gid,
                environment.string());
}

std::filesystem::path closed_folder(const Tree& files, const std::filesystem::path& environment,
                                    const User& user) {
  std::filesystem::path reached;
  for (const auto& component : environment.parent_path()) {
    reached /= component;
    const auto info = files.info_followed(reached);
    if (!info) break;
    const unsigned may_enter = info->owner.uid == user.owner.uid   ? 0100
                               : info->owner.gid == user.owner.gid ? 0010
                                                                   : 0001;
    if ((info->mode & may_enter) == 0) return reached;
  }
  return {};
}

}  // namespace rigsetup
