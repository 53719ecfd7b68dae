// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <array>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/completion.hpp>

#include "resource/backup.hpp"

namespace rigsetup {
namespace {

constexpr std::size_t k_largest_recipe = 1 << 20;
constexpr std::size_t k_largest_attachment = 4 << 20;
constexpr unsigned k_mode = 0640;  // a recipe may hold the content of files that not everybody may read

/// What else lives in that folder, and may not be a file that a recipe names.
constexpr std::array<std::string_view, 3> k_taken{"recipe.yaml", "rigsetupd.yaml", "compat.d"};

const std::filesystem::path k_folder = std::filesystem::path(k_active_recipe).parent_path();

class ActiveRecipe final : public Resource {
 public:
  explicit ActiveRecipe(const Recipe& recipe)
      : name_(recipe.name), text_(recipe.text), attachments_(recipe.attachments) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    for (const auto& [name, bytes] : attachments_) require_free(name);
    const auto active = read_active_recipe(host.files);
    if (!active) return Differs{"absent", name_};
    if (active->text != text_) {
      const std::string name = described(*active);
      return Differs{name == name_ ? name + " with another text" : name, name_};
    }
    for (const auto& [name, bytes] : attachments_) {
      const auto found = active->attachments.find(name);
      if (found == active->attachments.end() || found->second != bytes)
        return Differs{"other text in " + name, name_};
    }
    return AsWanted{name_};
  }

  /// The recipe goes last: until then the earlier one stands, with its files.
  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    files.make_directories(k_folder);
    for (const auto& [name, bytes] : attachments_) put(k_folder / name, bytes, context);
    put(k_active_recipe, text_, context);
    return Done{};
  }

 private:
  static void require_free(const std::string& name) {
    const std::string first = std::filesystem::path(name).begin()->string();
    if (std::find(k_taken.begin(), k_taken.end(), first) == k_taken.end()) return;
    throw Error(
        Code::invalid,
        format("cannot make the recipe the active one: it names the file {}, and {} has one of its own",
               printable(name), k_folder.string()),
        "give that file another name, or apply the recipe with --once");
  }

  /// The name that the recipe which is active now has given itself, as far as it can be read.
  static std::string described(const RecipeInput& active) {
    Complaints ignored;
    const std::string name = parse_recipe(active.text, active.file, kind_shapes(), ignored).name;
    return name.empty() ? "a recipe without a name" : name;
  }

  static void put(const std::filesystem::path& path, const std::string& bytes, const Context& context) {
    const Tree& files = context.host.files;
    const auto present = files.read(path);
    if (present == bytes) return;
    if (present) keep(path.string(), context);
    files.make_directories(path.parent_path());
    Owner owner;
    owner.gid = find_group(files, "rigsetup").value_or(0);
    files.write(path, bytes, k_mode, owner);
  }

  std::string name_;
  std::string text_;
  Attachments attachments_;
};

}  // namespace

std::optional<RecipeInput> read_active_recipe(const Tree& tree) {
  auto text = tree.read(k_active_recipe, k_largest_recipe);
  if (!text) return std::nullopt;
  RecipeInput input;
  input.file = tree.outside(k_active_recipe).string();
  input.text = std::move(*text);
  Complaints ignored;  // made again, and shown, when the recipe is used
  const Recipe recipe = parse_recipe(input.text, input.file, kind_shapes(), ignored);
  for (const std::string& name : attachment_names(recipe, kind_shapes())) {
    if (auto bytes = tree.read(k_folder / name, k_largest_attachment)) {
      input.attachments.emplace(name, std::move(*bytes));
    }
  }
  return input;
}

std::unique_ptr<Resource> make_active(const Recipe& recipe) { return std::make_unique<ActiveRecipe>(recipe); }

}  // namespace rigsetup
