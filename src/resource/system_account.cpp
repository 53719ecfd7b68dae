// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/change.hpp"
#include "resource/program_file.hpp"

namespace rigsetup {
namespace {

/// It stays when no recipe names it any more: a file of its own would belong to whoever gets its number next.
class SystemAccount final : public Resource {
 public:
  explicit SystemAccount(const Fields& fields) : name_(fields.text("name")) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const auto user = find_user(host.files, name_);
    if (!user) return Differs{"absent", "a system account"};
    if (is_more(*user)) return Differs{format("user {}, which is none", user->owner.uid), "a system account"};
    return AsWanted{format("user {}", user->owner.uid)};
  }

  Applied apply(const Context& context) const override {
    const Tree& files = context.host.files;
    if (const auto user = find_user(files, name_)) {
      if (!is_more(*user)) return Done{};
      throw error(Code::conflict, format("user {} of that name is no system account", user->owner.uid),
                  "name another account");
    }
    if (!find_program(files, "useradd"))
      throw error(Code::not_found, "there is no useradd", "install the package passwd first");
    const Finished finished = change(context, "making the account " + name_, useradd(files), false);
    if (finished.ok()) return Done{};
    const std::string failure = failure_text("useradd", finished);
    if (finished.out.find("cannot lock") != std::string::npos)
      return RetryLater{std::chrono::seconds(5), failure};  // a package makes an account of its own
    throw error(Code::program, failure, "the whole output is in the step's log");
  }

 private:
  /// Root by some name, or a person.
  static bool is_more(const User& user) {
    constexpr uid_t k_first_person = 1000;
    return user.owner.uid == 0 || user.owner.uid >= k_first_person;
  }

  std::vector<std::string> useradd(const Tree& files) const {
    std::vector<std::string> argv = {"useradd",           "--system",     "--no-create-home",
                                     "--home-dir",        "/nonexistent", "--shell",
                                     "/usr/sbin/nologin", "--comment",    "environments of rigsetup"};
    // The group may be there already: of an account that was taken away, or of a call that was cut off.
    if (find_group(files, name_)) {
      argv.insert(argv.end(), {"--gid", name_});
    } else {
      argv.emplace_back("--user-group");
    }
    argv.push_back(name_);
    return argv;
  }

  Error error(Code code, const std::string& cause, const std::string& hint) const {
    return Error(code, format("cannot make the account {}: {}", name_, cause), hint);
  }

  std::string name_;
};

std::string title(const Fields& fields) { return "system account " + fields.text("name"); }

std::unique_ptr<Resource> make(const Step& step, const Attachments&, Complaints& complaints) {
  constexpr std::size_t k_longest = 32;  // useradd's
  const std::string name = step.fields.text("name");
  const bool begins_well = name.find_first_of("abcdefghijklmnopqrstuvwxyz_") == 0;
  if (!begins_well || name.size() > k_longest ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos) {
    complaints.push_back({step.fields.place("name"),
                          format("\"{}\" is no name for an account", excerpt(name)),
                          "at most 32 of a-z, 0-9, - and _, a letter or _ first"});
  }
  return std::make_unique<SystemAccount>(step.fields);
}

}  // namespace

const Kind& system_account_kind() {
  static const Kind kind = {
      .name = "system_account",
      .summary =
          "An account that nobody can log in to, with no rights and no home. Environments that name no owner "
          "belong to one: their steps bring it.",
      .example = R"(- system_account:
    name: _notebook
)",
      .fields = {{.name = "name", .summary = "its user and its group", .required = true}},
      .independent_of = {"apt_packages", "apt_repository", "file", "service", "nvidia_modules",
                         "mok_enrolment", "nvidia_loaded", "nvidia_runfile", "shell_startup",
                         "virtualenv_packages", "conda_engine", "conda_packages", "conda_pip",
                         "conda_installation"},
      .title = title,
      .make = make,
  };
  return kind;
}

}  // namespace rigsetup
