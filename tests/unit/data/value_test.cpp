// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <functional>

#include <rigsetup/base/error.hpp>
#include <rigsetup/data/value.hpp>

#include "tests/support/catch.hpp"

using namespace rigsetup;

namespace {

std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    CHECK(error.code() == Code::invalid);
    return error.message();
  }
  return "no error";
}

}  // namespace

TEST_CASE("a value is of the type it was made from") {
  CHECK(Value().is_null());
  CHECK(Value(nullptr).is_null());
  CHECK(Value(true).as_bool());
  CHECK(Value(7).as_int() == 7);
  CHECK(Value(7u).as_int() == 7);
  CHECK(Value(INT64_MIN).as_int() == INT64_MIN);
  CHECK(Value(0.5).as_real() == 0.5);
  CHECK(Value(2).as_real() == 2.0);
  CHECK(Value("x").as_string() == "x");
  CHECK(Value(std::string_view("x")).as_string() == "x");
  CHECK(Value::strings({"a", "b"}).as_strings() == std::vector<std::string>{"a", "b"});
  CHECK(Value::list().is_list());
  CHECK(Value::map().is_map());
}

TEST_CASE("a scalar knows its text") {
  CHECK(Value(true).text() == "true");
  CHECK(Value(-3).text() == "-3");
  CHECK(Value(0.1).text() == "0.1");
  CHECK(Value(2.0).text() == "2.0");
  CHECK(Value(1e300).text() == "1e+300");
  CHECK(Value("a b").text() == "a b");
  CHECK(Value().text().empty());
}

TEST_CASE("another type than asked for is named") {
  CHECK(message_of([] { Value(1).as_string(); }) == "cannot use the value: it is a whole number, not text");
  CHECK(message_of([] { Value("1").as_int(); }) == "cannot use the value: it is text, not a whole number");
  CHECK(message_of([] { Value().as_list(); }) == "cannot use the value: it is empty, not a list");
  CHECK(message_of([] { Value::list().as_map(); }) == "cannot use the value: it is a list, not a map");
  CHECK(message_of([] { Value::map().as_bool(); }) == "cannot use the value: it is a map, not true or false");
  CHECK(message_of([] { Value("x").as_real(); }) == "cannot use the value: it is text, not a number");
  CHECK(message_of([] { Value::list({1}).as_strings(); }) ==
        "cannot use the value: it is a whole number, not text");
}

TEST_CASE("the error of a value that was read says where it stands") {
  Value value("x");
  value.set_mark({3, 5});
  try {
    value.as_int();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.place() == Place{"", 3, 5});
  }
}

TEST_CASE("members are found by name") {
  const Value map = Value::map().set("a", 1).set("b", nullptr);
  CHECK(map.find("a")->as_int() == 1);
  CHECK(map.find("b")->is_null());
  CHECK(map.find("c") == nullptr);
  CHECK(Value("a").find("a") == nullptr);
  CHECK(map.at("a").as_int() == 1);
  CHECK(message_of([&] { map.at("c"); }) == "cannot find \"c\" in a map of \"a\", \"b\"");
  CHECK(message_of([] { Value::list().at("c"); }) == "cannot find \"c\" in a list");
}

TEST_CASE("get takes the fallback for what is absent or null, and refuses another type") {
  const Value map = Value::map()
                        .set("n", 7)
                        .set("r", 0.5)
                        .set("t", "x")
                        .set("f", false)
                        .set("l", Value::strings({"a"}))
                        .set("z", nullptr);
  CHECK(map.get("n", 1) == 7);
  CHECK(map.get("r", 1.0) == 0.5);
  CHECK(map.get("n", 1.0) == 7.0);
  CHECK(map.get("t", "y") == "x");
  CHECK(map.get("f", true) == false);
  CHECK(map.get_strings("l") == std::vector<std::string>{"a"});
  CHECK(map.get("z", "y") == "y");
  CHECK(map.get("none", 4) == 4);
  CHECK(map.get_strings("none").empty());
  CHECK(message_of([&] { map.get("t", 1); }) == "cannot use \"t\": it is text, not a whole number");
  CHECK(message_of([&] { map.get("n", "x"); }) == "cannot use \"n\": it is a whole number, not text");
  CHECK(message_of([&] { map.get("n", true); }) ==
        "cannot use \"n\": it is a whole number, not true or false");
  CHECK(message_of([&] { map.get_strings("t"); }) == "cannot use \"t\": it is text, not a list");
}

TEST_CASE("set adds or replaces and keeps the order; push_back adds") {
  Value map;
  map.set("b", 1).set("a", 2).set("b", 3);
  REQUIRE(map.as_map().size() == 2);
  CHECK(map.as_map()[0].key == "b");
  CHECK(map.as_map()[0].value.as_int() == 3);
  Value list;
  list.push_back(1);
  list.push_back("x");
  CHECK(list == Value::list({1, "x"}));
  CHECK(message_of([&] { list.set("a", 1); }) == "cannot use the value: it is a list, not a map");
  CHECK(message_of([&] { map.push_back(1); }) == "cannot use the value: it is a map, not a list");
}

TEST_CASE("values are equal by content, not by place or spelling") {
  Value marked(644);
  marked.set_mark({1, 2});
  marked.set_written("0644", false);
  CHECK(marked == Value(644));
  CHECK(Value::map().set("a", 1).set("b", 2) == Value::map().set("b", 2).set("a", 1));
  CHECK_FALSE(Value::map().set("a", 1) == Value::map().set("b", 1));
  CHECK_FALSE(Value::map().set("a", 1) == Value::map().set("a", 1).set("b", 1));
  CHECK_FALSE(Value(1) == Value("1"));
  CHECK_FALSE(Value(1) == Value(1.0));
  CHECK_FALSE(Value::list({1, 2}) == Value::list({2, 1}));
  CHECK_FALSE(Value::list() == Value::map());
}
