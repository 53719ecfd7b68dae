// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <map>

#include <rigsetup/apt/archive.hpp>
#include <rigsetup/base/digest.hpp>
#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/host/watched_host.hpp>

#include "apt/fault.hpp"
#include "apt/resolver.hpp"
#include "apt/scratch.hpp"

namespace rigsetup::apt {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_archives = "/var/cache/apt/archives";
constexpr const char* k_stamps = "stamps.json";

/// Files that apt has downloaded already, with their sizes.
Value archives_of(const Tree& tree) {
  Value archives = Value::map();
  for (const std::string& name : tree.list(k_archives)) {
    if (!name.ends_with(".deb")) continue;
    if (const auto info = tree.info(fs::path(k_archives) / name)) archives.set(name, info->size);
  }
  return archives;
}

Value to_value(const Request& request) {
  Value install = Value::list();
  for (const PackageName& package : request.install) {
    install.push_back(Value::map(
        {{"name", package.name}, {"relation", package.range.relation}, {"version", package.range.version}}));
  }
  return Value::map({{"step", request.step},
                     {"install", std::move(install)},
                     {"absent", Value::strings(request.absent)},
                     {"unneeded", Value::strings(request.unneeded)},
                     {"own_holds", Value::strings(request.own_holds)},
                     {"recommends", request.recommends},
                     {"hold", request.hold},
                     {"automatic", request.automatic}});
}

/// apt refuses every use, not only an update, once two files name the same repository with different keys.
void require_one_key(const std::vector<Source>& sources, const Tree& tree) {
  for (const RepositoryFile& file : read_repositories(tree)) {
    for (const Source& source : sources) {
      if (fs::path(source.file_path()).filename() == file.name) continue;
      for (const Repository& mine : parse_deb822(source.deb822())) {
        const std::vector<std::string> places = mine.places();
        for (const Repository& theirs : file.repositories) {
          const std::vector<std::string> other = theirs.places();
          const auto same = std::find_first_of(places.begin(), places.end(), other.begin(), other.end());
          if (same == places.end() || theirs.get("Signed-By") == mine.get("Signed-By")) continue;
          throw Error(Code::conflict,
                      format("cannot add the repository {}: {} has {} already, with another Signed-By",
                             source.name, file.name, *same),
                      "remove that file, or leave this step out of the recipe");
        }
      }
    }
  }
}

bool shares_place(const Listed& a, const Listed& b) {
  const auto first = a.repository.places();
  const auto second = b.repository.places();
  return std::find_first_of(first.begin(), first.end(), second.begin(), second.end()) != first.end();
}

/// Those that are due, and those whose release file will change with them.
std::vector<Listed> with_neighbours(const std::vector<Listed>& all, const std::vector<Listed>& due) {
  std::vector<Listed> together;
  for (const Listed& listed : all) {
    const bool belongs = std::any_of(due.begin(), due.end(), [&](const Listed& one) {
      return one.id == listed.id || shares_place(one, listed);
    });
    if (belongs) together.push_back(listed);
  }
  return together;
}

/// Throws unless every fault may pass by itself.
void require_passing(const std::vector<std::string>& faults, bool more_tries) {
  for (const std::string& fault : faults) {
    const Judgement judgement = judge(fault);
    if (judgement.passing && more_tries) continue;
    throw Error(judgement.code, "cannot get the package lists: " + printable(fault), judgement.hint);
  }
}

}  // namespace

Archive::Archive(const Host& host, Settings settings)
    : host_(host),
      settings_(std::move(settings)),
      folder_(settings_.scratch / sha256_hex(host.files.root().string()).substr(0, 16)) {}

Scratch Archive::open_scratch(std::stop_token stop) const {
  return Scratch(host_, folder_, read_options(host_, stop), stop);
}

void Archive::fetch(Scratch& scratch, const std::vector<Listed>& repositories, Reporter& reporter,
                    std::stop_token stop) const {
  const WatchedHost watched(host_, reporter.when_busy());
  const Resolver resolver(watched.host());
  scratch.copy_lists(repositories);
  const Options options = scratch.open("update", repositories);
  const auto begin = host_.clock.now();
  Progress now{"", "fetching package lists", 0, 0, "bytes", true};
  const auto tell = [&](std::uint64_t done, std::uint64_t total, const std::string& what) {
    now.done = done;
    now.total = total;
    now.at = what.empty() ? "" : "from " + printable(what);
    reporter.progress(now);
  };
  tell(0, 0, {});
  for (int attempt = 1;; ++attempt) {
    const Value result = resolver.ask("update", options, {}, tell, stop);
    const std::vector<std::string> faults = result.get_strings("faults");
    if (faults.empty()) {
      for (const std::string& remark : result.get_strings("remarks"))
        reporter.finding("apt says: " + printable(remark));
      break;
    }
    require_passing(faults, attempt < settings_.tries);
    now.at = trying_again(attempt + 1, settings_.tries, faults.front());
    reporter.progress(now);
    host_.clock.sleep(pause_before(attempt + 1), stop);
  }
  Stamps(folder_ / k_stamps).set(repositories, host_.clock.now());
  reporter.phase_ended("fetching package lists",
                       std::chrono::duration_cast<std::chrono::milliseconds>(host_.clock.now() - begin),
                       now.done, "bytes");
}

void Archive::prepare(const std::vector<Source>& sources, Reporter& reporter, std::stop_token stop) {
  const WatchedHost watched(host_, reporter.when_busy());
  for (const Source& source : sources) verify_key(source, watched.host(), stop);
  require_one_key(sources, host_.files);
  Scratch scratch = open_scratch(stop);
  const std::vector<Listed> all = scratch.list(sources);
  const Stamps stamps(folder_ / k_stamps);
  std::vector<Listed> due;
  std::copy_if(all.begin(), all.end(), std::back_inserter(due), [&](const Listed& listed) {
    if (!settings_.may_fetch) return stamps.time(listed).time_since_epoch().count() == 0;
    const auto age = host_.clock.now() - stamps.time(listed);
    return age >= settings_.lists_max_age || age < std::chrono::seconds(0);
  });
  if (!due.empty() && !settings_.may_fetch) {
    throw Error(Code::denied, "cannot plan packages: their lists would have to be fetched first",
                "let root plan once, or use sudo");
  }
  if (!due.empty()) fetch(scratch, with_neighbours(all, due), reporter, stop);
}

/// Lists that were not verified against these very keys are not looked at.
std::vector<Listed> Archive::fetched(std::vector<Listed> repositories) const {
  const Stamps stamps(folder_ / k_stamps);
  std::erase_if(repositories,
                [&](const Listed& one) { return stamps.time(one).time_since_epoch().count() == 0; });
  return repositories;
}

std::vector<Offer> Archive::offers(const std::vector<Source>& sources, const Question& question,
                                   std::stop_token stop, const Busy& busy) {
  Scratch scratch = open_scratch(stop);
  const Options options = scratch.open("offers", fetched(scratch.list(sources)));
  scratch.copy_status(scratch.folder("offers"));
  const WatchedHost watched(host_, busy);
  const Value request = Value::map(
      {{"patterns", Value::strings(question.patterns)}, {"with_needs", Value::strings(question.with_needs)}});
  const Value answer = Resolver(watched.host()).ask("offers", options, request, nullptr, stop);
  std::vector<Offer> offers;
  for (const Value& offer : answer.at("offers").as_list()) {
    offers.push_back({offer.at("package").as_string(), offer.at("version").as_string(),
                      offer.at("origin").as_string(), offer.at("label").as_string()});
    for (const Value& need : offer.at("needs").as_list()) {
      offers.back().needs.push_back(
          {need.at("name").as_string(), {need.at("relation").as_string(), need.at("version").as_string()}});
    }
  }
  return offers;
}

std::vector<Transaction> Archive::resolve(const std::vector<Stage>& stages, bool repaired,
                                          std::stop_token stop, const Busy& busy) {
  if (!repaired && find_repair(host_.files).needed()) {
    throw Error(Code::conflict, "cannot plan packages: an earlier dpkg was interrupted", "repair it first");
  }
  Scratch scratch = open_scratch(stop);
  const Options options = scratch.open("resolve", fetched(scratch.list({})));
  scratch.copy_status(scratch.folder("resolve"));
  scratch.copy_preferences(scratch.folder("resolve"));

  Value staged = Value::list();
  for (const Stage& stage : stages) {
    std::map<std::string, std::string> stanzas;
    for (const Source& source : stage.sources) {
      for (const Listed& listed : fetched(scratch.list_only(source)))
        stanzas[scratch.file_for("resolve", listed).string()] += listed.repository.text() + "\n";
    }
    Value files = Value::list();
    for (const auto& [path, text] : stanzas) files.push_back(Value::strings({path, text}));
    for (const auto& [path, content] : stage.preferences) {
      const fs::path copy = scratch.folder("resolve") / "preferences.d" / fs::path(path).filename();
      files.push_back(Value::strings({copy.string(), content}));
    }
    Value requests = Value::list();
    for (const Request& request : stage.requests) requests.push_back(to_value(request));
    staged.push_back(Value::map({{"files", std::move(files)}, {"requests", std::move(requests)}}));
  }
  Value request = Value::map(
      {{"stages", std::move(staged)}, {"archives", archives_of(host_.files)}, {"repaired", repaired}});
  const WatchedHost watched(host_, busy);
  const Value answer = Resolver(watched.host()).ask("resolve", options, std::move(request), nullptr, stop);
  std::vector<Transaction> transactions;
  for (const Value& transaction : answer.at("transactions").as_list()) {
    transactions.push_back(transaction_from(transaction));
  }
  return transactions;
}

std::chrono::system_clock::time_point Archive::lists_time() const {
  std::error_code ignored;
  if (!fs::exists(folder_, ignored)) return {};
  return Stamps(folder_ / k_stamps).latest();
}

}  // namespace rigsetup::apt
