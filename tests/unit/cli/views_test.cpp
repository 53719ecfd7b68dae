// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include <algorithm>
#include <functional>
#include <iterator>

#include "cli/columns.hpp"
#include "cli/live_view.hpp"
#include "cli/plain_view.hpp"
#include "samples.hpp"
#include "tests/support/catch.hpp"

using namespace rigsetup;
using namespace rigsetup::cli;
using namespace rigsetup::cli::test;

namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Progress sum(std::uint64_t percent, std::optional<std::int64_t> left) {
  Progress progress{"", "", percent, 100, "percent", true};
  progress.left_seconds = left;
  return progress;
}

/// 20 s into the run, the download half done.
std::string block(const Screen& screen, bool cancelling = false) {
  RunState state = state_of(records_up_to(20));
  Activities activities = activities_of(records_up_to(20));
  activities.report({"cuda", "downloading", 780'000'000, 1'637'000'000, "bytes", true}, second(18), state);
  activities.report({"cuda", "downloading", 812'000'000, 1'637'000'000, "bytes", true}, second(20), state);
  if (cancelling) {
    activities.report({"cuda", "unpacking nvidia-cuda-dev", 40, 100, "percent", false}, second(20), state);
    state.cancel_requested = true;
  }
  return joined(live_block(state, activities, second(20), screen));
}

std::string permanent(const Screen& screen) {
  std::string text;
  RunState state;
  for (const Record& record : records_up_to(100)) {
    apply(state, record);
    if (const std::string line = permanent_line(record, state, screen); !line.empty()) text += line + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("the live block on a wide terminal") {
  CHECK(
      block(terminal(120)) ==
      R"(▸ cuda     downloading                              █████████░░░░░░░░░░░  812 MB of 1.6 GB  16.0 MB/s  52 s left   0:19
· venv     virtualenv /opt/venv
· nvcc     nvcc compiles and links
· gpu      an NVIDIA GPU answers
  2 of 6 steps, 0:20; Ctrl-C cancels
)");
}
TEST_CASE("the live block on a usual terminal") {
  CHECK(block(terminal(80)) ==
        R"(▸ cuda     downloading           ████░░░░░░  812 MB of 1.6 GB  52 s left   0:19
· venv     virtualenv /opt/venv
· nvcc     nvcc compiles and links
· gpu      an NVIDIA GPU answers
  2 of 6 steps, 0:20; Ctrl-C cancels
)");
}
TEST_CASE("the live block on a narrow terminal") {
  CHECK(block(terminal(40)) == R"(▸ cuda     downloading      49 %   0:19
· venv     virtualenv /opt/venv
· nvcc     nvcc compiles and links
· gpu      an NVIDIA GPU answers
  2 of 6 steps, 0:20; Ctrl-C cancels
)");
}

TEST_CASE("the live block in ASCII") {
  Screen screen = terminal(80);
  screen.utf8 = false;
  CHECK(block(screen) == R"(* cuda     downloading         [####......]  812 MB of 1.6 GB  52 s left   0:19
. venv     virtualenv /opt/venv
. nvcc     nvcc compiles and links
. gpu      an NVIDIA GPU answers
  2 of 6 steps, 0:20; Ctrl-C cancels
)");
}

TEST_CASE("the last line of the live block tells how far the run is, in any width") {
  const RunState state = state_of(records_up_to(20));
  Activities activities = activities_of(records_up_to(20));
  const auto last = [&](int width) {
    return live_block(state, activities, second(20), terminal(width)).back();
  };
  activities.report(sum(42, std::nullopt), second(20), state);
  CHECK(last(80) ==
        "  42 %  \u2588\u2588\u2588\u2588\u2591\u2591\u2591\u2591\u2591\u2591  2 of 6 steps, 0:20; Ctrl-C "
        "cancels");
  activities.report(sum(42, 200), second(20), state);
  CHECK(last(80) ==
        "  42 %  \u2588\u2588\u2588\u2588\u2591\u2591\u2591\u2591\u2591\u2591  3 min 20 s left  2 of 6 "
        "steps, 0:20; Ctrl-C cancels");
  CHECK(last(64) == "  42 %  3 min 20 s left  2 of 6 steps, 0:20; Ctrl-C cancels");
  CHECK(last(40) == "  42 %  3 min 20 s left  2 of 6 steps,\u2026");
  CHECK(last(24) == "  42 %  2 of 6 steps, \u2026");
}

TEST_CASE("what keeps a step is shown, and rather than what it is about where there is no room") {
  const RunState state = state_of(records_up_to(20));
  Activities activities = activities_of(records_up_to(20));
  activities.report({"cuda", "setting up nvidia-kernel-dkms (535.309.01-1)", 90, 100, "percent", false,
                     "building the module nvidia-current/535 (cc1)", 65},
                    second(20), state);
  const auto first = [&](int width) {
    return live_block(state, activities, second(20), terminal(width)).front();
  };
  using Catch::Matchers::Contains;
  CHECK_THAT(first(160), Contains("setting up nvidia-kernel-dkms (535.309.01-1): building the module "
                                  "nvidia-current/535 (cc1), 1 min 5 s"));
  CHECK_THAT(first(80), Contains("building the module nvidia-current/535") && !Contains("setting up"));
  CHECK(plain_progress(*state.find("cuda"), activities, second(20)) ==
        "cuda: setting up nvidia-kernel-dkms (535.309.01-1): building the module nvidia-current/535 (cc1), "
        "1 min 5 s, 90 % (0:19)");
  Progress waits{"cuda", "waiting for the dpkg lock held by apt-get (812)", 0, 0, "", true};
  waits.at_seconds = 12;
  activities.report(waits, second(20), state);
  activities.report(sum(7, 90), second(20), state);
  CHECK(plain_progress(*state.find("cuda"), activities, second(20)) ==
        "[7 %, 1 min 30 s left] cuda: waiting for the dpkg lock held by apt-get (812), 12 s (0:19)");
}

TEST_CASE("what the run itself is at is shown while none of its steps is at work") {
  std::vector<Record> records = records_up_to(0);
  records.resize(1);  // no step has begun
  const RunState state = state_of(records);
  Activities activities = activities_of(records);
  Progress planning = sum(42, std::nullopt);
  CHECK(plain_waiting(state, activities, second(20)) == "run 12 goes on (0:20)");
  planning.label = "planning again: looking at step cuda";
  activities.report(planning, second(20), state);
  planning.at = "ldconfig";
  planning.at_seconds = 5;
  activities.report(planning, second(25), state);
  const std::string doing = "planning again: looking at step cuda: ldconfig, 5 s";
  CHECK(live_block(state, activities, second(25), terminal(80)).front() == "\u25b8 " + doing);
  CHECK(plain_waiting(state, activities, second(27)) == "[42 %] run 12: " + doing + " (0:07)");
  activities.report({"cuda", "downloading", 1, 2, "bytes", true}, second(20), state);
  CHECK(live_block(state, activities, second(20), terminal(80)).front().find("cuda") != std::string::npos);
  activities.report(sum(42, std::nullopt), second(21), state);
  CHECK(activities.of_run() == nullptr);
}

TEST_CASE("while cancelling, the block says what is waited for") {
  CHECK(block(terminal(100), true) ==
        R"(▸ cuda     unpacking nvidia-cuda-dev                              ████████░░░░░░░░░░░░  40 %   0:19
· venv     virtualenv /opt/venv
· nvcc     nvcc compiles and links
· gpu      an NVIDIA GPU answers
  2 of 6 steps, 0:20; cancelling after unpacking nvidia-cuda-dev; Ctrl-C again to only detach
)");
}

TEST_CASE("a step that waits for its next try says why") {
  const RunState state = state_of(records_up_to(92));
  CHECK(joined(live_block(state, activities_of(records_up_to(92)), second(93), terminal(80))) ==
        R"(▸ venv     waits for its next try: cannot fetch the index: connection re…  0:03
· nvcc     nvcc compiles and links
· gpu      an NVIDIA GPU answers
  3 of 6 steps, 1:33; Ctrl-C cancels
)");
}

TEST_CASE("what is to come is cut to the rows there are") {
  Screen screen = terminal(60);
  screen.height = 5;
  CHECK(block(screen) == R"(▸ cuda     downloading   812 MB of 1.6 GB  52 s left   0:19
  and 3 more to come
  2 of 6 steps, 0:20; Ctrl-C cancels
)");
}

TEST_CASE("no line is ever wider than the terminal, at any width, with any text") {
  for (int width = 20; width <= 140; ++width) {
    CAPTURE(width);
    Screen screen = terminal(width);
    screen.color = width % 2 == 0;
    std::vector<Record> records = records_up_to(20);
    auto& steps = std::get<RunStarted>(records[0].event).steps;
    steps[3].id = "an-id-that-is-longer-than-anybody-would-write-it";
    steps[4].title =
        "\u65e5\u672c\u8a9e \u65e5\u672c\u8a9e \u65e5\u672c\u8a9e \u65e5\u672c\u8a9e \u65e5\u672c\u8a9e";
    Activities activities = activities_of(records);
    activities.report(
        {"cuda", std::string(200, 'x'), 1, 3, "bytes", false, width % 3 == 0 ? std::string(99, 'y') : "", 70},
        second(20), state_of(records));
    if (width % 4 != 0) activities.report(sum(99, 4000), second(20), state_of(records));
    for (const std::string& line : live_block(state_of(records), activities, second(90'000), screen))
      CHECK(display_width(line) < width);
    RunState state;
    for (const Record& record : records_up_to(100)) {
      apply(state, record);
      CHECK(display_width(permanent_line(record, state, screen)) < width);
    }
  }
}

TEST_CASE("finished steps stay as lines") {
  CHECK(permanent(terminal(80)) ==
        R"(+ sources  changed: nothing → contrib, non-free                           1.2 s
= motd     as wanted
  cuda: note: kept /etc/nvidia.conf as it is (compare it with /etc/nvidia.conf…
+ cuda     changed: not installed → 11.8.89~11.8.0-5                 1 min 29 s
✗ venv     cancelled: cut while downloading                               4.0 s
✗ nvcc     failed: cannot compile a CUDA program: nvcc ended with 1
» gpu      deferred: an image has no GPU: at its first boot
  cuda: a reboot is needed: the kernel module is newer than the running one
)");
}

TEST_CASE("the plain view has a line for every change of state") {
  std::string text;
  for (const Record& record : records_up_to(100))
    if (const std::string line = plain_line(record, plain()); !line.empty()) text += line + "\n";
  CHECK(text == R"(run 12: demo on /srv/image, 6 steps
sources: started: nothing -> contrib, non-free
sources: changed (1.2 s)
motd: as wanted
cuda: started: not installed -> 11.8.89~11.8.0-5
cuda: downloading: done, 1.6 GB (38 s)
cuda: note: kept /etc/nvidia.conf as it is (compare it with /etc/nvidia.conf.dpkg-dist)
cuda: changed (1 min 29 s)
venv: started: nothing -> 6 packages
venv: will be tried again in 2.0 s: cannot fetch the index: connection reset
venv: cancelled: cut while downloading (4.0 s)
nvcc: failed: cannot compile a CUDA program: nvcc ended with 1
gpu: deferred: an image has no GPU: at its first boot
cuda: a reboot is needed: the kernel module is newer than the running one
)");
}

TEST_CASE("other events in plain lines") {
  const auto line = [](Event event) { return plain_line({12, 1, second(0), std::move(event)}, plain()); };
  CHECK(line(RunResumed{"b", "the daemon was restarted"}) == "run 12 goes on: the daemon was restarted");
  CHECK(line(CancelRequested{{1000, "alice", 1}}) ==
        "run 12: cancelling at the next safe point (asked for by alice)");
  CHECK(line(Finding{"", "the disk is nearly full", ""}) == "note: the disk is nearly full");
}

TEST_CASE("a plain progress line tells what, how much, how fast and how long") {
  const RunState state = state_of(records_up_to(20));
  Activities activities = activities_of(records_up_to(20));
  CHECK(plain_progress(*state.find("cuda"), activities, second(20)) ==
        "cuda: packages nvidia-cuda-toolkit (0:19)");
  activities.report({"cuda", "downloading", 780'000'000, 1'637'000'000, "bytes", true}, second(18), state);
  activities.report({"cuda", "downloading", 812'000'000, 1'637'000'000, "bytes", true}, second(20), state);
  CHECK(plain_progress(*state.find("cuda"), activities, second(20)) ==
        "cuda: downloading, 812 MB of 1.6 GB, 16.0 MB/s, 52 s left (0:19)");
}

namespace {

/// What the plain view prints in a minute and more with a tick a second, while the clock is ours.
class PlainMinutes {
 public:
  explicit PlainMinutes(RunState state) : state_(std::move(state)) {}

  void record(Event event) {
    const Record record{12, state_.last_sequence + 1, second(now_), std::move(event)};
    apply(state_, record);
    take(lines_.record(record, at()));
  }
  void progress(const Progress& progress) { lines_.progress(progress, second(now_), state_); }
  /// `told`: what the daemon tells each second.
  void pass(int seconds, const std::function<void(int)>& told = {}) {
    for (int i = 0; i < seconds; ++i) {
      ++now_;
      if (told) told(now_);
      take(lines_.tick(state_, at(), second(now_)));
      silence_ = std::max(silence_, now_ - last_);
    }
  }
  int longest_silence() const { return silence_; }
  std::size_t count() const { return said_.size(); }
  int count(const std::string& words) const {
    return static_cast<int>(std::count_if(said_.begin(), said_.end(), [&](const std::string& line) {
      return line.find(words) != std::string::npos;
    }));
  }

 private:
  PlainLines::Time at() const { return PlainLines::Time(std::chrono::hours(1)) + std::chrono::seconds(now_); }
  void take(std::vector<std::string> lines) {
    if (!lines.empty()) last_ = now_;
    std::move(lines.begin(), lines.end(), std::back_inserter(said_));
  }
  RunState state_;
  PlainLines lines_{plain()};
  std::vector<std::string> said_;
  int now_ = 0;
  int last_ = 0;
  int silence_ = 0;
};

}  // namespace

TEST_CASE("a plain view is never silent for five seconds, and every line of what is slow names it") {
  struct Case {
    const char* title;
    Progress progress;
    const char* named;
  };
  const std::vector<Case> cases{
      {"a maintainer script",
       {"cuda", "setting up x", 9, 10, "percent", false, "postinst of x (ldconfig)", 1},
       "postinst of x (ldconfig)"},
      {"a lock",
       {"cuda", "waiting for the dpkg lock held by apt-get (812)", 0, 0, "", true, "", 1},
       "held by apt-get (812)"},
      {"a download",
       {"cuda", "downloading", 5, 10, "bytes", true, "no data from deb.debian.org", 1},
       "no data from deb.debian.org"},
      {"a check", {"nvcc", "compiling a CUDA program", 0, 0, "", true, "compiling (cicc)", 1}, "(cicc)"}};
  for (const Case& one : cases) {
    INFO(one.title);
    PlainMinutes view(state_of(records_up_to(0)));
    view.record(StepStarted{one.progress.step, "", ""});
    view.pass(60, [&](int now) {
      Progress progress = one.progress;
      progress.at_seconds = now;
      view.progress(progress);
    });
    CHECK(view.longest_silence() < 5);
    CHECK(view.count(one.named) == 15);  // a minute
    CHECK(view.count() == 16);           // and what was recorded
  }
}

TEST_CASE("a plain view speaks of the run while no step runs, and not when one does") {
  PlainMinutes view(state_of(records_up_to(0)));
  view.record(RunResumed{"b", "the daemon was restarted"});
  view.pass(20);  // looking, planning again, or waiting for a daemon that is not up
  CHECK(view.longest_silence() < 5);
  CHECK(view.count("run 12 goes on (0:") == 5);
  view.record(StepStarted{"cuda", "", ""});
  view.record(StepStarted{"venv", "", ""});
  view.pass(20);
  CHECK(view.longest_silence() < 5);
  CHECK(view.count("run 12 goes on (0:") == 5);
  CHECK(view.count("venv: virtualenv") == 5);
  view.record(RunFinished{RunOutcome::failed, {}});
  const auto said = view.count();
  view.pass(20);
  CHECK(view.count() == said);
}
