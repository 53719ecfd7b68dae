// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/recipe_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

namespace rigsetup::cli {
namespace {

constexpr std::size_t k_most_bytes = 2 << 20;

class File {
 public:
  explicit File(const std::string& path)
      : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {
  }  // a pipe must not block
  File(const File&) = delete;
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

/// The bytes, or why there are none.
std::pair<std::string, std::string> read_bounded(const std::string& path) {
  const File file(path);
  struct stat about {};
  if (file.number() < 0 || ::fstat(file.number(), &about) != 0) return {"", std::strerror(errno)};
  if (S_ISDIR(about.st_mode)) return {"", "it is a folder"};
  if (!S_ISREG(about.st_mode)) return {"", "it is not a regular file"};
  std::string bytes;
  std::array<char, 64 << 10> part;
  for (ssize_t count; (count = ::read(file.number(), part.data(), part.size())) != 0;) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {"", std::strerror(errno)};
    bytes.append(part.data(), static_cast<std::size_t>(count));
    if (bytes.size() > k_most_bytes) return {"", "it is larger than " + human_bytes(k_most_bytes)};
  }
  return {std::move(bytes), ""};
}

}  // namespace

bool names_file(const std::string& word) {
  struct stat about {};
  return word.find('/') != std::string::npos || word.ends_with(".yaml") || word.ends_with(".yml") ||
         (::stat(word.c_str(), &about) == 0 && S_ISREG(about.st_mode));
}

protocol::RecipeRef read_recipe(const std::string& word) {
  protocol::RecipeRef recipe;
  if (!names_file(word)) {
    recipe.shipped = word;
    return recipe;
  }
  auto [text, fault] = read_bounded(word);
  if (!fault.empty())
    throw Error(Code::invalid, format("cannot read the recipe {}: {}", printable(word), fault),
                "name a recipe's file, or one of `rigsetup recipes`");
  if (!is_utf8(text) || text.find('\0') != std::string::npos)
    throw Error(Code::invalid, format("cannot read the recipe {}: it is not text", printable(word)),
                "a recipe is YAML in UTF-8");
  recipe.file = word;
  recipe.text = std::move(text);
  return recipe;
}

protocol::RecipeRef named_or_active(const std::string& word) {
  if (!word.empty()) return read_recipe(word);
  protocol::RecipeRef recipe;
  recipe.active = true;
  return recipe;
}

void read_attachments(protocol::RecipeRef& recipe, const std::vector<std::string>& names) {
  const std::filesystem::path folder = std::filesystem::path(recipe.file).parent_path();
  std::vector<std::string> faults;
  for (const std::string& name : names) {
    auto [bytes, fault] = read_bounded((folder / name).string());
    if (fault.empty())
      recipe.attachments[name] = std::move(bytes);
    else
      faults.push_back(format("{}: {}", printable((folder / name).string()), fault));
  }
  if (faults.empty()) return;
  throw Error(Code::invalid,
              format("cannot read what the recipe {} needs beside it: {}", printable(recipe.file),
                     join(faults, "; ")),
              "the files that a recipe names are looked for in its own folder");
}

}  // namespace rigsetup::cli
