// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "cli/recipe_file.hpp"

#include <fstream>

#include <sys/stat.h>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;

namespace {

void write(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK(protocol::exit_code(error.code()) == 2);
    return error.message();
  }
  return "no error";
}

bool ends_with_reason(const std::string& message, const std::string& reason) {
  return message.ends_with(": " + reason);
}

}  // namespace

TEST_CASE("a word is a file by its form, or when there is one") {
  CHECK(names_file("./demo"));
  CHECK(names_file("demo.yaml"));
  CHECK(names_file("demo.yml"));
  CHECK_FALSE(names_file("demo"));
  const rigsetup::test::TemporaryFolder folder;
  write(folder / "demo", "");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const bool is_file = names_file("demo");
  std::filesystem::current_path(before);
  CHECK(is_file);
}

TEST_CASE("a shipped name stays a name, a file travels along") {
  CHECK(read_recipe("demo").shipped == "demo");
  const rigsetup::test::TemporaryFolder folder;
  write(folder / "r.yaml", "rigsetup: 1\n");
  const protocol::RecipeRef recipe = read_recipe((folder / "r.yaml").string());
  CHECK(recipe.shipped.empty());
  CHECK(recipe.file == (folder / "r.yaml").string());
  CHECK(recipe.text == "rigsetup: 1\n");
}

TEST_CASE("what is no recipe is refused before it travels") {
  const rigsetup::test::TemporaryFolder folder;
  write(folder / "binary.yaml", std::string("\x7f"
                                            "ELF\x00\xff",
                                            6));
  write(folder / "zero.yaml", std::string("a: \0b", 5));
  std::ofstream(folder / "huge.yaml").close();
  std::filesystem::resize_file(folder / "huge.yaml", 100 << 20);
  std::filesystem::create_directory(folder / "folder.yaml");
  REQUIRE(::mkfifo((folder / "pipe.yaml").c_str(), 0600) == 0);
  const auto read = [&](const char* name) {
    return message_of([&] { read_recipe((folder / name).string()); });
  };
  CHECK(ends_with_reason(read("binary.yaml"), "it is not text"));
  CHECK(ends_with_reason(read("zero.yaml"), "it is not text"));
  CHECK(ends_with_reason(read("huge.yaml"), "it is larger than 2.1 MB"));
  CHECK(ends_with_reason(read("folder.yaml"), "it is a folder"));
  CHECK(ends_with_reason(read("pipe.yaml"), "it is not a regular file"));  // and does not wait for a writer
  CHECK(ends_with_reason(read("none.yaml"), "No such file or directory"));
}

TEST_CASE("files that a recipe needs are read beside it, as bytes") {
  const rigsetup::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder / "sub");
  write(folder / "sub/key.gpg", std::string("\x99\x00\xff", 3));
  write(folder / "requirements.txt", "numpy\n");
  protocol::RecipeRef recipe;
  recipe.file = (folder / "r.yaml").string();
  read_attachments(recipe, {"requirements.txt", "sub/key.gpg"});
  CHECK(recipe.attachments.size() == 2);
  CHECK(recipe.attachments["requirements.txt"] == "numpy\n");
  CHECK(recipe.attachments["sub/key.gpg"] == std::string("\x99\x00\xff", 3));
}

TEST_CASE("all files that are missing are named at once") {
  const rigsetup::test::TemporaryFolder folder;
  protocol::RecipeRef recipe;
  recipe.file = (folder / "r.yaml").string();
  std::ofstream(folder / "huge.bin").close();
  std::filesystem::resize_file(folder / "huge.bin", (2 << 20) + 1);
  const std::string message = message_of([&] { read_attachments(recipe, {"a.txt", "huge.bin", "b.txt"}); });
  CHECK(message.find((folder / "a.txt").string() + ": No such file or directory") != std::string::npos);
  CHECK(message.find((folder / "b.txt").string() + ": No such file or directory") != std::string::npos);
  CHECK(message.find((folder / "huge.bin").string() + ": it is larger than") != std::string::npos);
}
