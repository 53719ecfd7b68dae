// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "tests/contract/rig.hpp"

#include <algorithm>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "tests/support/catch.hpp"

namespace rigsetup::test {
namespace {

std::filesystem::path made(const std::filesystem::path& path) {
  std::filesystem::create_directories(path);
  return path;
}

void list_below(const Tree& tree, const std::filesystem::path& folder, bool times,
                std::vector<std::string>& lines) {
  for (const auto& name : tree.list(folder)) {
    const auto path = folder / name;
    const auto info = tree.info(path);
    std::string content;
    if (info->type == FileInfo::Type::regular)
      content = sha256_hex(tree.read(path).value_or("")).substr(0, 12);
    if (info->type == FileInfo::Type::symlink) content = tree.read_link(path).value_or("");
    lines.push_back(format("{} {} {:o} {}:{} {}{}", path.string(), static_cast<int>(info->type), info->mode,
                           info->owner.uid, info->owner.gid, content,
                           times ? format(" {} {}", info->inode, info->modified_ns) : std::string()));
    if (info->type == FileInfo::Type::directory) list_below(tree, path, times, lines);
  }
}

RecipeInput input(const std::string& steps, Attachments attachments) {
  std::string text = "rigsetup: 1\nname: test\nsteps:\n";
  for (const auto& line : split_lines(steps)) text += "  " + line + "\n";
  return {"recipe.yaml", text, std::move(attachments)};
}

}  // namespace

/// Keeps what steps found.
class Rig::Notes final : public Reporter {
 public:
  explicit Notes(std::vector<Finding>& findings) : findings_(findings) {}
  void progress(Progress progress) override { CHECK_FALSE(progress.label.empty()); }
  void phase_ended(const std::string&, std::chrono::milliseconds, std::uint64_t,
                   const std::string&) override {}
  void finding(const std::string& message, const std::string& hint) override {
    findings_.push_back({"", message, hint});
  }

 private:
  std::vector<Finding>& findings_;
};

Rig::Rig() : root(made(folder / "root")), machine(made(folder / "machine")) {
  add_file("/etc/os-release",
           "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian 12\"\n");
  add_file("/etc/passwd",
           "root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n"
           "_rigsetup-env:x:998:998::/nonexistent:/usr/sbin/nologin\n");
  add_file("/etc/group", "root:x:0:\nalice:x:1000:\naudio:x:29:\n_rigsetup-env:x:998:\n");
  add_file("/var/lib/dpkg/status",
           "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.21\n\n");
  std::filesystem::create_directories(folder / "scratch");
  std::filesystem::create_directories(folder / "work");
  notes_ = std::make_unique<Notes>(findings);
  apt_settings_.scratch = folder / "scratch";
}

Host Rig::host() const { return {root, *programs_in_use, clock, live ? &machine : nullptr}; }

Context Rig::context() {
  host_ = std::make_unique<Host>(host());
  archive_ = std::make_unique<apt::Archive>(*host_, apt_settings_);
  return {*host_,        *notes_,         downloads,           *archive_,
          apt_settings_, folder / "work", folder / "step.log", stop.get_token()};
}

Complaints Rig::complaints(const std::string& steps, Attachments attachments) const {
  Complaints complaints;
  read_recipe(
      input(steps, std::move(attachments)), [this] { return surroundings(); }, complaints);
  return complaints;
}

BuiltRecipe Rig::read(const std::string& steps, Attachments attachments) const {
  Complaints complaints;
  auto built = read_recipe(
      input(steps, std::move(attachments)), [this] { return surroundings(); }, complaints);
  for (const auto& complaint : complaints) UNSCOPED_INFO(complaint.text());
  REQUIRE(complaints.empty());
  return built;
}

void Rig::add_file(const std::filesystem::path& path, std::string_view bytes) const {
  // As the program would that makes it: it runs as whom the nearest folder belongs to.
  auto nearest = path.parent_path();
  while (!root.info(nearest)) nearest = nearest.parent_path();
  const Owner owner = root.info(nearest)->owner;
  root.make_directories(path.parent_path(), 0755, owner);
  root.write(path, bytes, 0644, owner);
}

void Rig::add_to_machine(const std::filesystem::path& path, std::string_view bytes) const {
  machine.make_directories(path.parent_path());
  machine.write(path, bytes);
}

void Rig::add_program(const std::filesystem::path& path) {
  add_file(path, "#!/nothing\n");
  root.set_attributes(path, 0755, root.info(path)->owner);
}

std::vector<std::string> Rig::listing(bool times) const {
  std::vector<std::string> lines;
  list_below(root, "/", times, lines);
  list_below(machine, "/", times, lines);
  return lines;
}

}  // namespace rigsetup::test
