// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <rigsetup/host/tree.hpp>
#include <rigsetup/resource/catalog.hpp>

namespace rigsetup {

// Whose an environment is. Everything in it is code of others, which its packages bring and which runs while
// they are installed: it runs as its owner, and no owner has root's rights. One without an owner of its own
// belongs to an account that exists for that alone.

/// The field `owner` of an environment.
FieldSpec owner_field();
/// Of an owner with root's rights, at his place.
void complain_of_owner(const Fields& fields, Complaints& complaints);
/// The step that makes the account, where an environment is to belong to it.
void add_account(const Fields& fields, Expansion& expansion);

/// Nothing if there is no such user yet. Throws Error when he has root's rights under another name.
std::optional<User> find_environment_owner(const Tree& files, const std::string& name);
/// What to do about an owner who is not there.
std::string hint_for_owner(const std::string& name);
/// What to do about an environment that is another's.
std::string hint_for(Owner other, const std::filesystem::path& environment, const User& user);
/// The first folder above it that this user may not enter; empty if there is none.
std::filesystem::path closed_folder(const Tree& files, const std::filesystem::path& environment,
                                    const User& user);

}  // namespace rigsetup
