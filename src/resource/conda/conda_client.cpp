// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "resource/conda/conda_client.hpp"

#include <algorithm>

#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>
#include <rigsetup/data/json.hpp>
#include <rigsetup/fetch/network.hpp>

namespace rigsetup {
namespace {

CondaArchive archive_of(const Value& item) {
  CondaArchive archive;
  archive.url = item.get("url", "");
  archive.sha256 = item.get("sha256", "");
  archive.md5 = item.get("md5", "");
  archive.name = item.get("name", "");
  archive.version = item.get("version", "");
  archive.build = item.get("build_string", item.get("build", ""));
  const Value* size = item.find("size");
  if (size != nullptr && size->type() == Value::Type::integer)
    archive.size = static_cast<std::uint64_t>(std::max<std::int64_t>(size->as_int(), 0));
  return archive;
}

/// Every URL in a text without the password that may be in it.
std::string masked(const std::string& text) {
  std::vector<std::string> words;
  for (const std::string& word : split_words(text)) words.push_back(masked_url(word));
  return join(words, " ");
}

/// What a client wrote, and what that means. The first whose words are there counts.
struct Meaning {
  std::vector<std::string_view> words;
  Code code;
  std::string_view cause;
  std::string_view hint;
};
const std::vector<Meaning>& meanings() {
  static const std::vector<Meaning> table = {
      {{"No space left", "Write failed", "Failed writing", "errno: 28"},
       Code::io,
       "the disk is full",
       "make room on it and apply again: what was downloaded stays"},
      {{"Found incorrect downloads", "ChecksumMismatch"},
       Code::conflict,
       "a package is not the one that its hash promises",
       "the lock or the channel is wrong, or something on the way changes what is downloaded"},
      {{"Could not resolve", "Couldn't resolve", "Could not connect", "Couldn't connect",
        "Connection refused", "Download error (6)", "Download error (7)", "Download error (28)", "HTTP 000",
        "timed out"},
       Code::network,
       "the channel cannot be reached",
       "look at the network, at the channel's address and at the proxy"},
      {{"Download error (35)", "Download error (60)", "SSL", "certificate"},
       Code::network,
       "the channel's certificate is not trusted",
       "something on the way may open the connection: make its certificate one of the system's"},
      {{"status: 404", "status 404", "HTTP 404", " 404 Not Found", "status: 403", "status: 401"},
       Code::network,
       "there is no such channel",
       "look at how its name or address is spelled"},
      {{"Permission denied"},
       Code::denied,
       "its owner may not write there",
       "look whom its folders belong to"},
  };
  return table;
}

/// Lines that tell of what went wrong: a document and a tree of packages hold names that mean nothing here.
std::string messages_in(const std::string& text) {
  std::string messages;
  for (const std::string& line : split_lines(text)) {
    if (!line.empty() && std::string_view(" \t{}\"").find(line.front()) == std::string_view::npos)
      messages += line + "\n";
  }
  return messages;
}

const Meaning* meaning_of(std::string_view text) {
  for (const Meaning& meaning : meanings()) {
    const bool is = std::any_of(meaning.words.begin(), meaning.words.end(), [&](std::string_view word) {
      return text.find(word) != std::string_view::npos;
    });
    if (is) return &meaning;
  }
  return nullptr;
}

/// The line that says why packages do not come together: a solver's tree says most in its last lines.
std::string problem_in(const CondaAnswer& answer, const std::string& text) {
  for (const std::string& line : split_lines(text)) {
    if (line.find("does not exist (perhaps") != std::string::npos) return line;
  }
  for (const std::string& problem : answer.problems) {
    if (problem != "unsupported request") return problem;
  }
  for (const std::string& line : split_lines(text)) {
    for (const std::string_view sign : {"nothing provides", "but none of the providers", "conflicts with"}) {
      if (line.find(sign) != std::string::npos) return line;
    }
  }
  return answer.problems.empty() ? "" : answer.problems.front();
}

bool is_unknown_package(const std::string& problem) {
  return problem.find("does not exist (perhaps") != std::string::npos ||
         (problem.find("nothing provides") != std::string::npos &&
          problem.find("requested") != std::string::npos);
}

/// "└─ numpy 9" without the branches of the tree.
std::string plain(std::string text) {
  const std::size_t begin = text.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_");
  if (begin != std::string::npos) text.erase(0, begin);
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return excerpt(masked(text), 200);
}

std::string last_complaint(const std::string& text) {
  std::string last;
  for (const std::string& line : split_lines(text)) {
    constexpr std::string_view k_critical = "critical libmamba ";
    if (const std::size_t at = line.find(k_critical); at != std::string::npos)
      last = line.substr(at + k_critical.size());
  }
  return last;
}

}  // namespace

Command CondaClient::command(std::vector<std::string> words, const std::vector<std::string>& names) const {
  Command command;
  command.argv = {engine.string()};
  command.argv.insert(command.argv.end(), std::make_move_iterator(words.begin()),
                      std::make_move_iterator(words.end()));
  for (const char* word : {"--json", "-y", "--log-level", "warning"}) command.argv.emplace_back(word);
  command.argv.insert(command.argv.end(), names.begin(), names.end());
  command.as = owner;
  command.directory = prefix;
  command.output_limit = 64 << 20;
  // Nothing of the owner's own settings: what is there must come from the recipe alone.
  command.environment = network_environment();
  const std::string home = (work / "home").string();
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
           {"HOME", home},
           {"TMPDIR", work.string()},
           {"MAMBA_ROOT_PREFIX", (work / "root").string()},
           {"CONDA_PKGS_DIRS", (work / "pkgs").string() + "," + archives.string()},
           {"MAMBA_NO_RC", "true"},
           {"CONDA_OVERRIDE_CUDA", cuda}}) {
    command.environment.emplace_back(name, value);
  }
  return command;
}

Command CondaClient::dry_run(const std::vector<std::string>& specs) const {
  std::vector<std::string> words = {
      "install", "-p", prefix.string(), "--dry-run", "--override-channels", "--channel-priority", "strict"};
  for (const std::string& channel : channels) words.insert(words.end(), {"-c", channel});
  return command(std::move(words), specs);
}

Command CondaClient::install(const std::vector<std::string>& specs) const {
  std::vector<std::string> words = {
      "install", "-p", prefix.string(), "--offline", "--override-channels", "--channel-priority", "strict"};
  for (const std::string& channel : channels) words.insert(words.end(), {"-c", channel});
  return command(std::move(words), specs);
}

Command CondaClient::install_explicit(const std::filesystem::path& file) const {
  return command({"install", "-p", prefix.string(), "--offline", "-f", file.string()}, {});
}

Command CondaClient::remove(const std::vector<std::string>& names) const {
  return command({"remove", "-p", prefix.string(), "--force"}, names);
}

CondaAnswer read_conda_answer(std::string_view output) {
  CondaAnswer answer;
  std::size_t begin = output.starts_with('{') ? 0 : std::string_view::npos;
  if (const std::size_t last = output.rfind("\n{"); last != std::string_view::npos) begin = last + 1;
  const std::size_t end = output.rfind('}');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return answer;
  try {
    const Value said = parse_json(output.substr(begin, end + 1 - begin), "what the client says");
    answer.said = true;
    answer.success = said.get("success", false);
    const Value* actions = said.find("actions");
    const Value* link = actions != nullptr ? actions->find("LINK") : nullptr;
    if (link != nullptr) {
      for (const Value& item : link->as_list()) answer.link.push_back(archive_of(item));
    }
    answer.problems = said.get_strings("solver_problems");
  } catch (const Error&) {
    return {};
  }
  return answer;
}

Error conda_failure(const CondaAnswer& answer, const Finished& finished, const std::string& doing) {
  const std::string text = finished.err + "\n" + finished.out;
  const std::string problem = problem_in(answer, text);
  if (problem.find("nothing provides __cuda") != std::string::npos ||
      problem.find("nothing provides requested __cuda") != std::string::npos) {
    return Error(
        Code::unsupported,
        format("cannot {}: a package is built for CUDA, and there is no driver that offers it", doing),
        "add an nvidia_driver step above, or leave that package out");
  }
  if (is_unknown_package(problem)) {
    return Error(Code::not_found,
                 format("cannot {}: the channels have no such package: {}", doing, plain(problem)),
                 "look at how it is spelled, at its version and build, and at the channels");
  }
  if (!problem.empty() || !answer.problems.empty()) {
    return Error(Code::conflict,
                 format("cannot {}: its packages do not fit together: {}", doing, plain(problem)),
                 "ask for other versions, or for fewer");
  }
  if (const Meaning* meaning = meaning_of(messages_in(text))) {
    return Error(meaning->code, format("cannot {}: {}", doing, meaning->cause), std::string(meaning->hint));
  }
  if (finished.signal == 9) {
    return Error(Code::program, format("cannot {}: micromamba was killed", doing),
                 "the machine may have run out of memory: the kernel's log says so");
  }
  const std::string said = last_complaint(text);
  return Error(Code::program,
               format("cannot {}: micromamba: {}{}{}", doing,
                      finished.ok() ? "it does not say that it is done" : finished.text(),
                      said.empty() ? "" : ": ", said.empty() ? "" : plain(said)),
               "the whole output is in the step's log");
}

}  // namespace rigsetup
