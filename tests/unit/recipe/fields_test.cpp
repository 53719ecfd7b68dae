// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/data/yaml.hpp>

#include "tests/support/catch.hpp"
#include "tests/unit/recipe/kinds.hpp"

using namespace rigsetup;

namespace {

/// The fields of a command (or another kind) as written in YAML, and what was complained of.
struct Read {
  Fields fields;
  std::vector<std::string> complaints;
};
Read read(const std::string& yaml, std::size_t kind = 1) {
  Complaints complaints;
  const KindShape& shape = test::kinds()[kind];
  Fields fields = read_fields(parse_yaml(yaml, "t.yaml", complaints), *shape.fields, std::string(shape.name),
                              {"t.yaml", 1, 1}, complaints);
  return {std::move(fields), test::texts_of(complaints)};
}
Read read_field(const std::string& yaml) { return read("argv: [x]\n" + yaml); }

}  // namespace

TEST_CASE("fields are read by their type") {
  const Read all = read(
      "argv: [make, -j, 2]\nenvironment: {A: 1.10, B: \"\"}\ntimeout: 90s\nretries: -5\nwait: false\nwords: "
      "[x, true]\n"
      "when_busy: refuse\npassword: {file: /etc/secret}\n");
  REQUIRE(all.complaints.empty());
  const Fields& fields = all.fields;
  CHECK(fields.texts("argv") == std::vector<std::string>{"make", "-j", "2"});
  CHECK(fields.text_map("environment") ==
        std::vector<std::pair<std::string, std::string>>{{"A", "1.10"}, {"B", ""}});
  CHECK(fields.text("timeout") == "90s");
  CHECK(fields.integer("retries") == -5);
  CHECK_FALSE(fields.boolean("wait"));
  CHECK(fields.texts("words") == std::vector<std::string>{"x", "true"});
  CHECK(fields.text("when_busy") == "refuse");
  CHECK(fields.text("password") == "/etc/secret");
}

TEST_CASE("what is left out is the fallback, or nothing") {
  const Fields fields = read("argv: [x]").fields;
  CHECK(fields.has("argv"));
  CHECK_FALSE(fields.has("timeout"));
  CHECK(fields.text("timeout") == "10min");
  CHECK(fields.integer("retries") == 3);
  CHECK(fields.boolean("wait"));
  CHECK(fields.texts("words") == std::vector<std::string>{"a", "b"});
  CHECK(fields.text("when_busy").empty());
  CHECK(fields.text_map("environment").empty());
  CHECK(fields.text("no such field").empty());
  CHECK_FALSE(Fields().boolean("x"));
}

TEST_CASE("a version stays as it was written") {
  const Fields fields = read("path: /x\ncontent: 12.90\n", 0).fields;
  CHECK(fields.text("content") == "12.90");
}

TEST_CASE("one text is a list of one, but never a program's arguments") {
  CHECK(read_field("words: x").fields.texts("words") == std::vector<std::string>{"x"});
  CHECK(read("argv: make install").complaints ==
        std::vector<std::string>{"t.yaml:1:7: \"argv\" takes a list: the program, then its arguments (write "
                                 "[make, install]; there is no shell)"});
}

TEST_CASE("modes are octal numbers in quotes") {
  const auto mode_of = [](const std::string& mode) { return read("path: /x\nmode: " + mode, 0); };
  CHECK(mode_of("\"0644\"").fields.mode("mode") == 0644u);
  CHECK(mode_of("'755'").fields.mode("mode") == 0755u);
  CHECK(mode_of("\"2755\"").fields.mode("mode") == 02755u);
  CHECK(read("path: /x", 0).fields.mode("mode") == 0644u);
  const std::vector<std::pair<std::string, std::string>> bad{
      {"0644", "\"mode\" must stand in quotes: some read 0644 as a decimal number (write \"0644\")"},
      {"644", "\"mode\" must stand in quotes: some read 644 as a decimal number (write \"0644\")"},
      {"0o644", "\"mode\" must stand in quotes: some read 0o644 as a decimal number (write \"0644\")"},
      {"0x1a4", "\"mode\" must stand in quotes: some read 0x1a4 as a decimal number (write it as \"0644\")"},
      {"\"0o755\"", "\"mode\" takes an octal number in quotes, not \"0o755\" (write \"0755\")"},
      {"\"0888\"", "\"mode\" takes an octal number in quotes, not \"0888\" (write it as \"0644\")"},
      {"\"17777\"", "\"mode\" takes an octal number in quotes, not \"17777\" (write it as \"0644\")"},
      {"u=rw", "\"mode\" takes an octal number in quotes, not \"u=rw\" (write it as \"0644\")"},
      {"[1]", "\"mode\" takes an octal number in quotes, not a list"},
  };
  for (const auto& [text, complaint] : bad) {
    INFO(text);
    CHECK(mode_of(text).complaints == std::vector<std::string>{"t.yaml:2:7: " + complaint});
  }
}

TEST_CASE("paths are absolute and brought into one form") {
  const auto path_of = [](const std::string& path) { return read("path: " + path, 0); };
  CHECK(path_of("/a//b/./c/").fields.text("path") == "/a/b/c");
  CHECK(path_of("/").fields.text("path") == "/");
  CHECK(path_of("/a/..b/c..").fields.text("path") == "/a/..b/c..");
  const std::vector<std::pair<std::string, std::string>> bad{
      {"a/b", "\"path\" takes an absolute path (begin it with \"/\")"},
      {"~/b", "\"path\" takes an absolute path (write the home folder out: \"~\" means nothing here)"},
      {"\"\"", "\"path\" takes an absolute path (begin it with \"/\")"},
      {"/a/../b", "\"path\" may not contain \"..\" (write it without)"},
      {"/a/..", "\"path\" may not contain \"..\" (write it without)"},
      {"\"/a\\nb\"", "\"path\" holds a control character (remove it)"},
      {"\"/a\\0b\"", "\"path\" holds a zero byte (remove it)"},
      {"{a: b}", "\"path\" takes an absolute path, not a map"},
  };
  for (const auto& [text, complaint] : bad) {
    INFO(text);
    CHECK(path_of(text).complaints == std::vector<std::string>{"t.yaml:1:7: " + complaint});
  }
}

TEST_CASE("attachments lie beside the recipe") {
  const auto source_of = [](const std::string& name) { return read("path: /x\nsource: " + name, 0); };
  CHECK(source_of("./a//b.txt").fields.text("source") == "a/b.txt");
  const std::vector<std::pair<std::string, std::string>> bad{
      {"/etc/shadow",
       "\"source\" takes a path relative to the recipe (put the file beside the recipe and write its name)"},
      {"~/x",
       "\"source\" takes a path relative to the recipe (put the file beside the recipe and write its name)"},
      {"../x", "\"source\" may not contain \"..\" (write it without)"},
      {"a/../../x", "\"source\" may not contain \"..\" (write it without)"},
      {"\"\"", "\"source\" names no file (put the file beside the recipe and write its name)"},
      {"./", "\"source\" names no file (put the file beside the recipe and write its name)"},
      {"a/", "\"source\" names no file (put the file beside the recipe and write its name)"},
  };
  for (const auto& [text, complaint] : bad) {
    INFO(text);
    CHECK(source_of(text).complaints == std::vector<std::string>{"t.yaml:2:9: " + complaint});
  }
}

TEST_CASE("what does not fit a field's type is complained of with what it takes") {
  const std::vector<std::pair<std::string, std::string>> table{
      {"wait: yes", "7: \"wait\" takes true or false, not \"yes\" (write true)"},
      {"wait: OFF", "7: \"wait\" takes true or false, not \"OFF\" (write false)"},
      {"wait: 'true'", "7: \"wait\" takes true or false, not \"true\" (write it without quotes)"},
      {"wait: 1", "7: \"wait\" takes true or false, not 1"},
      {"wait: [true]", "7: \"wait\" takes true or false, not a list"},
      {"wait:", "1: \"wait\" has no value (write one, or leave it out)"},
      {"retries: many", "10: \"retries\" takes a whole number, not text"},
      {"retries: 1.5", "10: \"retries\" takes a whole number, not 1.5"},
      {"retries: \"3\"", "10: \"retries\" takes a whole number, not text"},
      {"retries: 010", "10: \"retries\" takes a whole number in plain digits, not 010 (write 10)"},
      {"retries: 0x10", "10: \"retries\" takes a whole number in plain digits, not 0x10 (write 16)"},
      {"timeout: soon", "10: \"timeout\" takes a time, not \"soon\" (such as 90s, 10min or 1h 30min)"},
      {"timeout: 1.5", "10: \"timeout\" takes a time, not 1.5 (such as 90s, 10min or 1h 30min)"},
      {"timeout: []", "10: \"timeout\" takes a time, not a list (such as 90s, 10min or 1h 30min)"},
      {"when_busy: wiat",
       "12: \"when_busy\" takes one of wait, refuse, not \"wiat\" (did you mean \"wait\"?)"},
      {"when_busy: explode", "12: \"when_busy\" takes one of wait, refuse, not \"explode\""},
      {"when_busy: {}", "12: \"when_busy\" takes one of wait, refuse, not a map"},
      {"words: {a: b}", "8: \"words\" takes a list of texts, not a map"},
      {"words: [a, [b]]", "12: \"words\" takes a list of texts, not a list"},
      {"words: [a, ~]", "12: an item of \"words\" is empty (write it, or remove the '-')"},
      {"environment: [A=1]", "14: \"environment\" takes a map of names to texts, not a list"},
      {"environment: {A: [1]}", "18: \"environment\" takes a map of names to texts, not a list"},
      {"environment: {A: }", "15: \"A\" in \"environment\" has no value (write \"\" for an empty text)"},
      {"password: hunter2",
       "11: \"password\" is a secret and must come from a file (write {file: /path/of/a/file} that only "
       "root can read)"},
      {"password: {fil: /x}",
       "11: \"password\" is a secret and must come from a file (write {file: /path/of/a/file} that only "
       "root can read)"},
      {"password: {file: x}", "18: \"password\" takes an absolute path (begin it with \"/\")"},
  };
  for (const auto& [text, complaint] : table) {
    INFO(text);
    CHECK(read_field(text).complaints == std::vector<std::string>{"t.yaml:2:" + complaint});
  }
}

TEST_CASE("a program is named first") {
  CHECK(read("argv: []").complaints ==
        std::vector<std::string>{"t.yaml:1:7: \"argv\" names no program (write the program first)"});
  CHECK(read("argv: ['', x]").complaints ==
        std::vector<std::string>{"t.yaml:1:7: \"argv\" names no program (write the program first)"});
}

TEST_CASE("credentials in a URL are refused, and not repeated") {
  const auto refused = [](const std::string& yaml) {
    const std::vector<std::string> complaints = read(yaml).complaints;
    if (complaints.empty()) return false;
    CHECK(complaints.size() == 1);
    CHECK(complaints[0].find("holds a URL with a user name or a password in it") != std::string::npos);
    CHECK(complaints[0].find("hunter2") == std::string::npos);
    return true;
  };
  CHECK(refused("argv: [pip, --index-url=https://me:hunter2@example.org/simple]"));
  CHECK(refused("argv: [x]\nwords: https://hunter2@example.org"));
  CHECK(refused("argv: [x]\nenvironment: {http_proxy: 'http://u:hunter2@proxy:3128'}"));
  CHECK(refused("argv: [x]\nwords: ['https://example.org/ https://u:hunter2@example.org/']"));
  CHECK_FALSE(refused(
      "argv: [x]\nwords: ['https://example.org/@scope/x', 'me@example.org', 'https://example.org?a=b@c']"));
}

TEST_CASE("fields that nobody reads and fields that are missing are told") {
  CHECK(read("pth: /x\ncolour: red\n", 0).complaints ==
        std::vector<std::string>{
            "t.yaml:1:1: file has no field \"pth\" (did you mean \"path\"?)",
            "t.yaml:2:1: file has no field \"colour\" (file has: path, content, source, mode)",
            "t.yaml:1:1: file needs \"path\" (path: where it lies)"});
  CHECK(read("a: 1", 2).complaints ==
        std::vector<std::string>{"t.yaml:1:1: gpu_check has no field \"a\" (gpu_check has no fields)"});
  CHECK(read("", 2).complaints.empty());
  CHECK(read("[1]", 2).complaints ==
        std::vector<std::string>{
            "t.yaml:1:1: gpu_check takes fields, not a list (write \"gpu_check:\" alone)"});
  CHECK(read("/x", 0).complaints ==
        std::vector<std::string>{
            "t.yaml:1:1: file takes fields, not text (write them as a map, such as {path: ...})"});
}

TEST_CASE("fields know where they stand") {
  const Fields fields = read("argv: [make,\n  install]\n").fields;
  CHECK(fields.place("argv") == Place{"t.yaml", 1, 7});
  CHECK(fields.place_of_item("argv", 1) == Place{"t.yaml", 2, 3});
  CHECK(fields.place_of_item("argv", 9) == Place{"t.yaml", 1, 7});
  CHECK(fields.place("timeout") == Place{"t.yaml", 1, 1});  // left out: the step's
}

TEST_CASE("the digest is of names and values, not of how they were written") {
  const auto digest = [](const std::string& yaml) { return read(yaml).fields.digest(); };
  const std::string one = digest("argv: [a]\nwords: x\nenvironment: {A: 1, B: 2}\n");
  CHECK(one == digest("# other\nenvironment:\n  B: '2'\n  A: \"1\"\nwords: [x]\nargv:\n- a\n"));
  CHECK(one != digest("argv: [a]\nwords: y\nenvironment: {A: 1, B: 2}\n"));
  CHECK(one != digest("argv: [a]\nwords: x\nenvironment: {A: 12, B: ''}\n"));
  CHECK(digest("argv: [a, b]") != digest("argv: ['a, b']"));
}
