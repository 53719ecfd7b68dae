// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <rigsetup/host/tree.hpp>

#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace rigsetup;

TEST_CASE("users and groups are those of the tree, not of the machine") {
  const test::TemporaryFolder folder;
  const Tree tree(folder.path());
  tree.make_directories("/etc");
  tree.write("/etc/passwd",
             "root:x:9:9:not the machine's:/root:/bin/sh\nann:x:1000:1001:Ann,,,:/home/ann:/bin/bash\n"
             "broken:x:abc:1:::\nshort:x:1\n");
  tree.write("/etc/group", "users:x:1001:ann,bob\nodd:x:-1:\n");

  const auto ann = find_user(tree, "ann");
  REQUIRE(ann);
  CHECK(ann->owner == Owner{1000, 1001});
  CHECK(ann->home == "/home/ann");
  CHECK(find_user(tree, "root")->owner.uid == 9);
  CHECK_FALSE(find_user(tree, "bob"));
  CHECK_FALSE(find_user(tree, "broken"));
  CHECK_FALSE(find_user(tree, "short"));
  CHECK_FALSE(find_user(tree, ""));
  CHECK(find_group(tree, "users") == gid_t{1001});
  CHECK_FALSE(find_group(tree, "odd"));
  CHECK_FALSE(find_group(tree, "ann"));
}

TEST_CASE("a tree without passwd has no users") {
  const test::TemporaryFolder folder;
  CHECK_FALSE(find_user(Tree(folder.path()), "root"));
}
