// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/backup.hpp"

namespace rigsetup {
namespace {

/// What interactive shells read that are no login shells, as those of a desktop's terminals. Neither has a
/// folder for parts, and both are conffiles: a block at the end, between marks, is the least that works for
/// every user without touching dotfiles. dpkg keeps a changed conffile, and once the block is gone the file
/// is again the one that dpkg knows. Shells that are not installed are left out: a file that is there before
/// its package would be asked about.
constexpr const char* k_startup_files[] = {"/etc/bash.bashrc", "/etc/zsh/zshrc"};

class Block {
 public:
  explicit Block(const std::string& script)
      : first_(format("# >>> rigsetup: {} >>>\n", script)),
        last_(format("# <<< rigsetup: {} <<<\n", script)),
        text_(format("{0}# Terminals start shells that read this file, and not /etc/profile.\n"
                     "[ ! -r {1} ] || . {1}\n{2}",
                     first_, script, last_)) {}

  /// The text with the block at its end, and none of ours before.
  std::string added(const std::string& file, const std::string& text) const {
    std::string bare = removed(file, text);
    if (text == bare + text_) return text;
    if (!bare.empty() && !bare.ends_with('\n')) bare += '\n';
    return bare + text_;
  }

  std::string removed(const std::string& file, const std::string& text) const {
    const std::size_t begin = text.find(first_);
    if (begin == std::string::npos) return text;
    const std::size_t end = text.find(last_, begin);
    if (end == std::string::npos) {
      throw Error(Code::conflict, format("cannot change {}: the end of rigsetup's lines in it is gone", file),
                  format("remove what is left of them, from \"{}\" on", trim(first_)));
    }
    return text.substr(0, begin) + text.substr(end + last_.size());
  }

  bool is_in(const std::string& text) const { return text.find(first_) != std::string::npos; }
  bool is_whole_in(const std::string& text) const { return text.find(text_) != std::string::npos; }

 private:
  std::string first_;
  std::string last_;
  std::string text_;
};

/// The startup files that the target has, with their content.
std::vector<std::pair<std::string, std::string>> startup_files(const Tree& files) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const char* path : k_startup_files) {
    const auto info = files.info(path);
    if (!info || info->type != FileInfo::Type::regular) continue;
    if (auto text = files.read(path, 1 << 20)) found.emplace_back(path, std::move(*text));
  }
  return found;
}

void rewrite(const Context& context, const std::string& path, const std::string& text) {
  const Tree& files = context.host.files;
  const auto info = files.info(path);
  keep(path, context);
  files.write(path, text, info->mode, info->owner);
}

class ShellStartup final : public Resource {
 public:
  explicit ShellStartup(const Fields& fields) : script_(fields.text("script")), block_(script_) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    std::vector<std::string> with;
    std::vector<std::string> without;
    for (const auto& [path, text] : startup_files(host.files)) {
      (block_.is_whole_in(text) ? with : without).push_back(path);
    }
    if (!without.empty()) return Differs{"not read by " + join(without, ", "), "read by them"};
    return AsWanted{with.empty() ? "no such shell is installed" : "read by " + join(with, ", ")};
  }

  Applied apply(const Context& context) const override {
    for (const auto& [path, text] : startup_files(context.host.files)) {
      if (context.stop.stop_requested()) throw Cancelled();
      if (!block_.is_whole_in(text)) rewrite(context, path, block_.added(path, text));
    }
    return Done{};
  }

  std::vector<Thing> things() const override { return {{"shell_startup", script_}}; }

  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    const auto found = startup_files(host.files);
    for (const auto& [path, text] : found) {
      if (block_.is_in(text)) return {};
    }
    return found.empty() ? std::vector<Thing>{} : things();
  }

 private:
  std::string script_;
  Block block_;
};

class NoStartup final : public Resource {
 public:
  explicit NoStartup(const std::vector<Thing>& things) : things_(things) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    std::vector<std::string> have;
    for (const Thing& thing : things_) {
      for (const auto& [path, text] : startup_files(host.files)) {
        if (Block(thing.name).is_in(text)) have.push_back(format("{} reads {}", path, thing.name));
      }
    }
    if (have.empty()) return AsWanted{"not read"};
    return Differs{join(have, ", "), "not read"};
  }

  Applied apply(const Context& context) const override {
    for (const Thing& thing : things_) {
      const Block block(thing.name);
      for (const auto& [path, text] : startup_files(context.host.files)) {
        if (context.stop.stop_requested()) throw Cancelled();
        if (block.is_in(text)) rewrite(context, path, block.removed(path, text));
      }
    }
    return Done{};
  }

  std::vector<Thing> removed(const Host&) const override { return things_; }

 private:
  std::vector<Thing> things_;
};

std::unique_ptr<Resource> make_removal(const std::vector<Thing>& things) {
  return std::make_unique<NoStartup>(things);
}

std::string title(const Fields& fields) { return "shells read " + fields.text("script"); }

std::unique_ptr<Resource> make(const Step& step, const Attachments&, Complaints& complaints) {
  const std::string script = step.fields.text("script");
  if (script.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-") !=
      std::string::npos) {
    complaints.push_back({step.fields.place("script"),
                          format("shells cannot be told to read \"{}\"", excerpt(script)),
                          "letters, digits, dots, dashes and underscores"});
  }
  return std::make_unique<ShellStartup>(step.fields);
}

}  // namespace

const Kind& shell_startup_kind() {
  static const Kind kind = {
      .name = "shell_startup",
      .summary =
          "Every interactive bash and zsh reads this script, not only login shells: a marked block in "
          "/etc/bash.bashrc and /etc/zsh/zshrc, and nobody's dotfiles.",
      .example = R"(- shell_startup: {script: /etc/profile.d/rig.sh}
)",
      .fields =
          {
              {.name = "script",
               .type = FieldType::path,
               .summary = "what they read; where it is not there, they go on without it",
               .required = true},
          },
      .noun = "shell startup",
      .title = title,
      .make = make,
      .make_removal = make_removal,
  };
  return kind;
}

}  // namespace rigsetup
