// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <fstream>
#include <iterator>

#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/resource/catalog.hpp>

#include "resource/archive_lists.hpp"
#include "resource/distribution_archive.hpp"
#include "resource/no_repositories.hpp"

namespace rigsetup {
namespace {

constexpr std::string_view k_distribution = "distribution";
constexpr std::size_t k_largest_key = 1 << 20;

/// What is written into the .sources file. The digest of the key stands in it, so that a key file that was
/// changed later is found by reading files alone, also when the key came from a URL.
std::string digest_line(const apt::Source& source) {
  return format("# key {} sha256 {}\n", source.fingerprint, sha256_hex(source.key));
}
std::string file_text(const apt::Source& source) {
  const std::string head = "# Written by rigsetup from a recipe; it notices and undoes changes.\n";
  return head + (source.key.empty() ? std::string() : digest_line(source)) + source.deb822();
}

bool trusted_by_target(const apt::Source& source) {
  return source.common_trust || !source.installed_key.empty();
}

/// What the target brings to trust the repository by.
std::vector<std::string> installed_keys(const apt::Source& source) {
  std::vector<std::string> keys;
  if (!source.installed_key.empty()) keys.push_back(source.installed_key);
  for (const auto& more : source.elsewhere) {
    if (!more.installed_key.empty()) keys.push_back(more.installed_key);
  }
  return keys;
}

/// The first of them that is not there; empty when all are.
std::string missing_key(const apt::Source& source, const Tree& tree) {
  for (const std::string& key : installed_keys(source)) {
    if (!tree.info_followed(key)) return key;
  }
  return "";
}

class AptRepository final : public Resource {
 public:
  AptRepository(apt::Source declared, std::string key_url)
      : declared_(std::move(declared)), key_url_(std::move(key_url)) {}

  Inspection inspect(const Host& host, std::stop_token) const override {
    const auto resolved = resolve(host.files);
    if (!resolved) return Pending{"the target has no archive of its own for " + join(declared_.suites, ", ")};
    apt::Source source = *resolved;
    const auto file = host.files.read(source.file_path());
    if (!file) return Differs{"absent", wanted_text(source)};
    if (trusted_by_target(source)) {
      if (const auto missing = missing_key(source, host.files); !missing.empty())
        return Differs{"no " + missing, "its keyring"};
    } else {
      const auto key = key_in_place(host.files, source, *file);
      if (!key || (!source.key.empty() && *key != source.key))
        return Differs{"another key", wanted_text(source)};
      source.key = *key;
    }
    if (*file != file_text(source))
      return Differs{"other text in " + source.file_path(), wanted_text(source)};
    if (const auto missing = missing_list(source, host.files); !missing.empty()) {
      return Differs{"no list of " + missing, "its package lists"};
    }
    return AsWanted{wanted_text(source)};
  }

  Applied apply(const Context& context) const override {
    if (context.stop.stop_requested()) throw Cancelled();
    const Tree& files = context.host.files;
    const apt::Source made = whole(context.host, context.downloads, context.work, context.stop);
    if (!trusted_by_target(made)) {
      apt::verify_key(made, context.host, context.stop);
      files.make_directories(std::filesystem::path(made.key_path()).parent_path());
      // The key comes first: a source without its key is an error for every apt on this system.
      if (files.read(made.key_path()) != made.key) files.write(made.key_path(), made.key);
    } else if (const auto missing = missing_key(made, files); !missing.empty()) {
      throw Error(Code::not_found, format("cannot add {}: the target has no {}", made.name, missing),
                  "name a keyring that a package of the target brings, or give key and fingerprint");
    }
    files.make_directories(std::filesystem::path(made.file_path()).parent_path());
    if (files.read(made.file_path()) != file_text(made)) files.write(made.file_path(), file_text(made));
    context.archive.publish(context.reporter, context.stop);
    return Done{};
  }

  std::optional<apt::Source> source(const Host& host, Downloads& downloads,
                                    const std::filesystem::path& folder,
                                    std::stop_token stop) const override {
    return whole(host, downloads, folder, stop);
  }

  std::vector<Thing> things() const override { return {{"apt_repository", declared_.name}}; }

  std::vector<Thing> would_make(const Host& host, std::stop_token) const override {
    if (host.files.info(declared_.file_path())) return {};
    return {{"apt_repository", declared_.name}};
  }

 private:
  /// The declared source with "distribution" replaced by what the target says; the key may still be missing.
  std::optional<apt::Source> resolve(const Tree& tree) const {
    apt::Source source = declared_;
    if (source.uris.front() != k_distribution) return source;
    const bool any_suite = source.suites.front() == k_distribution;
    const auto archives = find_distribution_archives(
        tree, any_suite ? std::vector<std::string>() : source.suites, source.name + ".sources");
    if (archives.empty()) return std::nullopt;
    source.uris = archives.front().uris;
    source.suites = archives.front().suites;
    source.installed_key = archives.front().signed_by;
    source.common_trust = source.installed_key.empty();
    for (std::size_t i = 1; i < archives.size(); ++i)
      source.elsewhere.push_back({archives[i].uris, archives[i].suites, archives[i].signed_by});
    return source;
  }

  /// The source with its key. A key by URL that is in place already, as its digest tells, is not fetched
  /// again.
  apt::Source whole(const Host& host, Downloads& downloads, const std::filesystem::path& folder,
                    std::stop_token stop) const {
    auto source = resolve(host.files);
    if (!source) {
      throw Error(Code::not_found,
                  format("cannot find the archive of {} itself for {} in /etc/apt",
                         host.files.root().string(), join(declared_.suites, ", ")),
                  "write uris and suites into the recipe");
    }
    const auto keys = installed_keys(*source);
    if (std::any_of(keys.begin(), keys.end(), [](const std::string& key) { return key.front() != '/'; })) {
      throw Error(Code::unsupported,
                  format("cannot add {}: the target's own archive has its key in its entry", source->name),
                  "write uris, suites and a key into the recipe");
    }
    if (trusted_by_target(*source) || !source->key.empty()) return *source;
    const auto file = host.files.read(source->file_path());
    if (const auto key = key_in_place(host.files, *source, file.value_or(""))) {
      source->key = *key;
    } else {
      source->key = fetch_key(downloads, folder, stop);
    }
    return *source;
  }

  std::string fetch_key(Downloads& downloads, const std::filesystem::path& folder,
                        std::stop_token stop) const {
    const auto to = folder / (declared_.name + ".key");
    downloads.fetch({key_url_, to, "", k_largest_key}, {}, stop);
    std::ifstream file(to, std::ios::binary);
    std::string key{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (key.empty())
      throw Error(Code::network, format("cannot use the key of {}: {} is empty", declared_.name, key_url_));
    return key;
  }

  /// The key file that is in place, if it is the one that was written together with this .sources file for
  /// the fingerprint the recipe names.
  static std::optional<std::string> key_in_place(const Tree& tree, apt::Source source,
                                                 const std::string& file) {
    for (const char* ending : {".asc", ".gpg"}) {
      auto key = tree.read(format("/etc/apt/keyrings/{}{}", source.name, ending), k_largest_key);
      if (!key) continue;
      source.key = *key;
      if (file.find(digest_line(source)) != std::string::npos) return key;
    }
    return std::nullopt;
  }

  static std::string wanted_text(const apt::Source& source) {
    std::string text = join(source.uris, " ") + " " + join(source.suites, " ");
    for (const auto& more : source.elsewhere)
      text += ", " + join(more.uris, " ") + " " + join(more.suites, " ");
    return text + (source.components.empty() ? "" : " " + join(source.components, " "));
  }

  apt::Source declared_;
  std::string key_url_;
};

std::string title(const Fields& fields) {
  std::string text = "repository " + join(fields.texts("uris"), " ");
  if (const auto components = fields.texts("components"); !components.empty())
    text += " " + join(components, " ");
  return printable(text);
}

/// Complains of what a deb822 field cannot hold, or what would be another field.
void check_words(const Fields& fields, std::string_view name, Complaints& complaints) {
  const auto words = fields.texts(name);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool plain = !words[i].empty() && std::all_of(words[i].begin(), words[i].end(),
                                                        [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (!plain) {
      complaints.push_back({fields.place_of_item(name, i),
                            format("\"{}\" is not one word", printable(words[i])),
                            "an item of the list for each"});
    }
  }
}

void check_url(const Place& place, const std::string& url, Complaints& complaints) {
  const auto scheme = url.find(":/");
  if (scheme == std::string::npos || scheme == 0) {
    complaints.push_back(
        {place, format("\"{}\" is not a URL", printable(url)), "https://..., http://... or file:/..."});
  }
}

void check_places(const Step& step, Complaints& complaints) {
  const Fields& fields = step.fields;
  for (const std::string_view name : {"uris", "suites", "components", "architectures"}) {
    check_words(fields, name, complaints);
  }
  const auto uris = fields.texts("uris");
  const auto suites = fields.texts("suites");
  for (std::size_t i = 0; i < uris.size(); ++i) {
    if (uris[i] == k_distribution) {
      if (uris.size() > 1) {
        complaints.push_back({fields.place_of_item("uris", i),
                              "distribution stands for URIs and cannot stand beside others",
                              "make it a step of its own"});
      }
    } else {
      check_url(fields.place_of_item("uris", i), uris[i], complaints);
    }
  }
  if (uris.empty() || suites.empty()) {
    complaints.push_back({step.place, "a repository needs uris and suites", ""});
    return;
  }
  const bool own_suites = std::find(suites.begin(), suites.end(), k_distribution) != suites.end();
  if (own_suites && (suites.size() > 1 || uris.front() != k_distribution)) {
    complaints.push_back({fields.place("suites"),
                          "suites: [distribution] goes with uris: [distribution] only", "name the suites"});
  }
  const bool flat =
      std::all_of(suites.begin(), suites.end(), [](const auto& suite) { return suite.ends_with('/'); });
  if (flat != fields.texts("components").empty()) {
    complaints.push_back({fields.place("components"),
                          flat ? "a flat repository has no components" : "a repository needs components",
                          "main, contrib, ...; none when the suites end with \"/\""});
  }
}

/// 40 hex digits; gpg shows them in groups. Empty, with a complaint, when it is anything else.
std::string read_fingerprint(const Fields& fields, Complaints& complaints) {
  std::string digits;
  for (const unsigned char c : fields.text("fingerprint")) {
    if (c != ' ') digits += static_cast<char>(std::toupper(c));
  }
  if (digits.size() == 40 && digits.find_first_not_of("0123456789ABCDEF") == std::string::npos) return digits;
  complaints.push_back(
      {fields.place("fingerprint"), "a key is trusted by its fingerprint of 40 hex digits only",
       "the publisher names it; gpg --show-keys --with-fingerprint FILE shows that of a file"});
  return "";
}

void read_key(const Step& step, const Attachments& attachments, apt::Source& source, Complaints& complaints) {
  const Fields& fields = step.fields;
  const bool from_target = source.uris.front() == k_distribution;
  const int given = fields.has("key") + fields.has("key_url") + fields.has("key_file");
  if (from_target && given > fields.has("key_file")) {
    complaints.push_back({fields.place("uris"),
                          "the distribution's own archive is signed as its entry in the target says",
                          "remove the key, or write the URIs"});
  } else if (given > 1 || (given == 0 && !from_target)) {
    complaints.push_back(
        {step.place, given == 0 ? "a repository needs a key" : "a repository takes one key",
         "one of key (a file beside the recipe), key_url, key_file (a keyring of the target)"});
  } else if (fields.has("key_file") || from_target) {
    source.installed_key = fields.text("key_file");
    if (fields.has("fingerprint")) {
      complaints.push_back({fields.place("fingerprint"),
                            "a keyring of the target is its own trust and takes no fingerprint",
                            "remove one of them"});
    }
  } else {
    source.fingerprint = read_fingerprint(fields, complaints);
    if (fields.has("key_url")) check_url(fields.place("key_url"), fields.text("key_url"), complaints);
    const auto found = attachments.find(fields.text("key"));
    if (fields.has("key") && found != attachments.end()) source.key = found->second;
    if (fields.has("key") && source.key.empty()) {
      complaints.push_back(
          {fields.place("key"), fields.text("key") + " is empty", "it must hold an OpenPGP key"});
    }
  }
}

std::unique_ptr<Resource> make(const Step& step, const Attachments& attachments, Complaints& complaints) {
  const Fields& fields = step.fields;
  const auto before = complaints.size();
  apt::Source source;
  source.name = fields.has("name") ? fields.text("name") : step.id;
  source.uris = fields.texts("uris");
  source.suites = fields.texts("suites");
  source.components = fields.texts("components");
  source.architectures = fields.texts("architectures");
  if (source.name.empty() || source.name.front() == '.' ||
      source.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") !=
          std::string::npos) {
    // apt ignores files with other names.
    complaints.push_back({fields.place("name"),
                          format("\"{}\" cannot be the name of a repository's file", printable(source.name)),
                          "letters, digits, and _ . -"});
  }
  check_places(step, complaints);
  if (complaints.size() == before) read_key(step, attachments, source, complaints);
  return std::make_unique<AptRepository>(std::move(source), fields.text("key_url"));
}

}  // namespace

const Kind& apt_repository_kind() {
  static const Kind kind = {
      .name = "apt_repository",
      .summary =
          "A package repository with the key it must be signed by. Its packages can be planned before it is "
          "there.",
      .example = R"yaml(- apt_repository:
    name: cuda
    uris: [https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/]
    suites: [/]
    key_url: https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/3bf863cc.pub
    fingerprint: EB69 3B30 35CD 5710 E231 E123 A4B4 6996 3BF8 63CC
)yaml",
      .fields =
          {
              {.name = "name",
               .summary = "of its file in /etc/apt/sources.list.d; without one, the step's id"},
              {.name = "uris",
               .type = FieldType::texts,
               .summary =
                   "where it is; [distribution]: those of the archives that the target itself comes from, "
                   "as its entries for the suites in /etc/apt have them",
               .required = true},
              {.name = "suites",
               .type = FieldType::texts,
               .summary =
                   "its suites, or a path that ends with \"/\"; [distribution]: the target's codename, "
                   "its -updates and its -security, as far as they are configured",
               .required = true},
              {.name = "components",
               .type = FieldType::texts,
               .summary = "main, contrib, ...; none for a path"},
              {.name = "architectures",
               .type = FieldType::texts,
               .summary = "without any, those of the target"},
              {.name = "key",
               .type = FieldType::attachment,
               .summary = "its OpenPGP key: a file beside the recipe"},
              {.name = "key_url", .summary = "its OpenPGP key: fetched while planning"},
              {.name = "fingerprint",
               .summary = "40 hex digits the key must have; required with key and key_url"},
              {.name = "key_file",
               .type = FieldType::path,
               .summary =
                   "instead of a key: a keyring that a package of the target brought, which is the target's "
                   "own trust; not needed with uris: [distribution], where what its entry says goes first"},
          },
      .hold = Hold::dpkg,
      .noun = "repository",
      .title = title,
      .make = make,
      .make_removal = no_repositories,
  };
  return kind;
}

}  // namespace rigsetup
