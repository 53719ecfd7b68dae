// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: the rigsetup authors
#include "fetch/transfer.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

#include <curl/curl.h>

#include <rigsetup/base/error.hpp>
#include <rigsetup/base/format.hpp>
#include <rigsetup/base/text.hpp>

#include "fetch/part_file.hpp"

namespace rigsetup::fetch {
namespace {

constexpr long k_connect_seconds = 30;
constexpr long k_most_redirects = 10;
constexpr curl_off_t k_longest_pause = 120;  // seconds; a server may ask for hours

/// Why an attempt failed.
struct Failure {
  std::string cause;
  std::string hint;
  bool may_pass = false;
  std::chrono::seconds wanted_pause{0};
  Code code = Code::network;
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

struct UrlParts {
  std::string shown;  ///< without user and password, for messages
  std::string host;   ///< with the port
};

UrlParts parts_of(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(::curl_url(), ::curl_url_cleanup);
  if (::curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return {url.find('@') == std::string::npos ? printable(url) : "the URL", {}};
  ::curl_url_set(parsed.get(), CURLUPART_USER, nullptr, 0);
  ::curl_url_set(parsed.get(), CURLUPART_PASSWORD, nullptr, 0);
  const auto get = [&](CURLUPart part) {
    char* text = nullptr;
    std::string result;
    if (::curl_url_get(parsed.get(), part, &text, 0) == CURLUE_OK) result = text;
    ::curl_free(text);
    return result;
  };
  const std::string port = get(CURLUPART_PORT);
  return {get(CURLUPART_URL), get(CURLUPART_HOST) + (port.empty() ? "" : ":" + port)};
}

/// One request and its answer.
class Attempt {
 public:
  Attempt(const Request& request, PartFile& part, const Progress& progress)
      : request_(request),
        part_(part),
        progress_(progress),
        host_(parts_of(request.url).host),
        easy_(::curl_easy_init(), ::curl_easy_cleanup) {}

  std::optional<Failure> run() {
    // Without a name for their version, nobody can say whether the bytes still belong together.
    if (part_.size() > 0 && part_.version().empty()) part_.start_over(request_.url, {});
    offset_ = part_.size();
    curl_slist* headers = nullptr;
    if (offset_ > 0) headers = ::curl_slist_append(headers, ("If-Range: " + part_.version()).c_str());
    const std::unique_ptr<curl_slist, void (*)(curl_slist*)> owned(headers, ::curl_slist_free_all);
    set_up(headers);
    const CURLcode result = ::curl_easy_perform(easy_.get());
    if (thrown_) std::rethrow_exception(thrown_);
    if (failure_) return failure_;
    if (result != CURLE_OK) return failure_of(result);
    if (const long status = http_status(); !is_content(status)) return failure_of_status(status);
    if (!begun_) begin();  // an empty file
    return std::nullopt;
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    ::curl_easy_setopt(easy_.get(), option, value);
  }

  void set_up(curl_slist* headers) {
    set(CURLOPT_URL, request_.url.c_str());
    set(CURLOPT_HTTPHEADER, headers);
    // RANGE and not RESUME_FROM: with that, curl fails when the server sends the whole file instead.
    if (offset_ > 0) set(CURLOPT_RANGE, (std::to_string(offset_) + "-").c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
    set(CURLOPT_PROTOCOLS_STR, "http,https,file");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS | CURLPROTO_FILE));
    set(CURLOPT_REDIR_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, k_most_redirects);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, k_connect_seconds);
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.stall.count()));
    set(CURLOPT_USERAGENT, "rigsetup/" RIGSETUP_VERSION);
    set(CURLOPT_ERRORBUFFER, error_text_);
    set(CURLOPT_HEADERFUNCTION, &Attempt::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_WRITEFUNCTION, &Attempt::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &Attempt::on_progress);
    set(CURLOPT_XFERINFODATA, this);
  }

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self) {
    auto& headers = static_cast<Attempt*>(self)->headers_;
    const std::string_view line = trim(std::string_view(data, size));
    if (line.substr(0, 5) == "HTTP/") headers.clear();  // of the next answer: a redirect came before
    if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      headers[lower(line.substr(0, colon))] = trim(line.substr(colon + 1));
    }
    return size;
  }

  // No exception may pass through curl.
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& attempt = *static_cast<Attempt*>(self);
    try {
      return attempt.take({data, size}) ? size : 0;
    } catch (const Error&) {
      attempt.thrown_ = std::current_exception();
      return 0;
    }
  }

  static int on_progress(void* self, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
    auto& attempt = *static_cast<Attempt*>(self);
    const auto rest = static_cast<std::uint64_t>(attempt.begun_ ? std::max<curl_off_t>(total, 0) : 0);
    attempt.progress_(attempt.part_.size(), rest == 0 ? 0 : attempt.offset_ + rest, attempt.source());
    return 0;
  }

  std::string source() const {
    if (host_.empty()) return {};  // a file
    curl_off_t time = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &time);
    return (time > 0 || begun_ ? "from " : "connecting to ") + host_;
  }

  bool take(std::string_view bytes) {
    if (!is_content(http_status())) {
      refused_bytes_ += bytes.size();
      return refused_bytes_ < (1 << 16);  // an error page; who sends more of it is cut off
    }
    if (!begun_ && !begin()) return false;
    if (request_.limit != 0 && part_.size() + bytes.size() > request_.limit) return refuse_size();
    part_.append(bytes);
    return true;
  }

  // The first byte of the file itself is here: is it the rest of what we have, or all of it?
  bool begin() {
    begun_ = true;
    const bool is_rest = http_status() == 206;
    if (is_rest && headers_["content-range"].rfind(format("bytes {}-", offset_), 0) != 0) {
      failure_ = Failure{
          format("the server sent another range than asked for: '{}'", printable(headers_["content-range"])),
          {},
          true};
      part_.start_over(request_.url, {});
      return false;
    }
    if (!is_rest) {
      offset_ = 0;
      part_.start_over(request_.url, version_of_answer());
    }
    curl_off_t rest = -1;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &rest);
    if (rest < 0) return true;
    const auto needed = static_cast<std::uint64_t>(rest);
    if (request_.limit != 0 && offset_ + needed > request_.limit) return refuse_size();
    if (needed > part_.free_bytes()) {
      failure_ = Failure{format("it has {} more, and {} are free at {}", human_bytes(needed),
                                human_bytes(part_.free_bytes()), request_.to.native()),
                         "free some space on that file system and try again",
                         false,
                         {},
                         Code::io};
      return false;
    }
    return true;
  }

  // What If-Range may name: a strong ETag, or else the time of change.
  std::string version_of_answer() {
    const std::string etag = headers_["etag"];
    if (!etag.empty() && etag.rfind("W/", 0) != 0) return etag;
    return headers_["last-modified"];
  }

  bool refuse_size() {
    failure_ = Failure{
        format("it is larger than the {} that were expected at most", human_bytes(request_.limit)), {}};
    part_.discard();
    return false;
  }

  long http_status() const {
    long status = 0;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }
  static bool is_content(long status) { return status == 0 || status == 200 || status == 206; }  // 0: file://

  std::string effective_host() const {
    char* url = nullptr;
    ::curl_easy_getinfo(easy_.get(), CURLINFO_EFFECTIVE_URL, &url);
    return parts_of(url ? url : request_.url).host;
  }

  Failure failure_of(CURLcode result) const;
  Failure failure_of_status(long status);

  const Request& request_;
  PartFile& part_;
  const Progress& progress_;
  const std::string host_;  ///< that was asked first
  std::unique_ptr<CURL, void (*)(CURL*)> easy_;
  char error_text_[CURL_ERROR_SIZE] = {};
  std::map<std::string, std::string> headers_;
  std::uint64_t offset_ = 0;
  std::size_t refused_bytes_ = 0;
  bool begun_ = false;
  std::optional<Failure> failure_;
  std::exception_ptr thrown_;
};

Failure Attempt::failure_of(CURLcode result) const {
  const std::string host = effective_host();
  const std::string said = error_text_[0] ? error_text_ : ::curl_easy_strerror(result);
  long os_error = 0;
  ::curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &os_error);
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {"cannot resolve " + host, "look at the network and at /etc/resolv.conf"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {"cannot resolve the proxy: " + said,
              "look at http_proxy and https_proxy in the daemon's environment"};
    case CURLE_COULDNT_CONNECT:
      return {format("cannot connect to {}: {}", host,
                     os_error ? std::generic_category().message(static_cast<int>(os_error)) : said),
              "look whether the server runs, and whether a firewall or proxy is in between"};
    case CURLE_OPERATION_TIMEDOUT: {
      curl_off_t connected = 0;
      ::curl_easy_getinfo(easy_.get(), CURLINFO_CONNECT_TIME_T, &connected);
      // Not again: whoever waits has waited long enough to want to know.
      if (connected == 0) {
        return {format("{} did not answer within {} s", host, k_connect_seconds),
                "look whether a firewall or proxy is in between"};
      }
      return {format("{} timed out: nothing came for {} s", host, request_.stall.count()), {}, true};
    }
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return {format("the TLS connection to {} failed: {}", host, said),
              "look at the machine's clock and at the package ca-certificates"};
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return {format("the connection to {} was lost: {}", host, said), {}, true};
    case CURLE_TOO_MANY_REDIRECTS:
      return {format("more than {} redirects", k_most_redirects), {}};
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {"only http, https and file are allowed: " + said, {}, false, {}, Code::invalid};
    case CURLE_URL_MALFORMAT:
      return {"it is no URL", {}, false, {}, Code::invalid};
    case CURLE_FILE_COULDNT_READ_FILE:
      return {"there is no such file", {}, false, {}, Code::not_found};
    default:
      return {said, {}};
  }
}

Failure Attempt::failure_of_status(long status) {
  Failure failure{format("{} says {}", effective_host(), status), {}};
  switch (status) {
    case 401:
    case 403:
      failure.cause += " (not allowed)";
      break;
    case 404:
      failure.cause += " (not found)";
      break;
    case 407:
      failure.cause += " (the proxy wants a password)";
      break;
    case 416:  // our part is no part of what is there now
      part_.start_over(request_.url, {});
      failure.may_pass = true;
      break;
    case 408:
    case 429:
      failure.may_pass = true;
      break;
    default:
      failure.may_pass = status >= 500;
  }
  curl_off_t pause = 0;
  ::curl_easy_getinfo(easy_.get(), CURLINFO_RETRY_AFTER, &pause);
  failure.wanted_pause = std::chrono::seconds(std::clamp<curl_off_t>(pause, 0, k_longest_pause));
  return failure;
}

// Until all bytes are there.
void complete_part(const Request& request, PartFile& part, const Progress& progress) {
  const std::string shown = parts_of(request.url).shown;
  auto pause = request.first_pause;
  for (int in_vain = 1;; ++in_vain) {
    const std::uint64_t had = part.size();
    const auto failure = Attempt(request, part, progress).run();
    if (!failure) return;
    if (part.size() > had) {
      in_vain = 1;
      pause = request.first_pause;
    }
    if (!failure->may_pass || in_vain >= request.attempts) {
      const std::string times = failure->may_pass ? format(" ({} attempts)", in_vain) : "";
      throw Error(failure->code, format("cannot fetch {}: {}{}", shown, failure->cause, times),
                  failure->hint);
    }
    const auto wait = std::max<std::chrono::milliseconds>(pause, failure->wanted_pause);
    progress(part.size(), 0,
             format("trying again in {} ({} of {}): {}", human_duration(wait), in_vain + 1, request.attempts,
                    failure->cause));
    std::this_thread::sleep_for(wait);
    pause *= 2;
  }
}

}  // namespace

void transfer(const Request& request, const Progress& progress) {
  PartFile part(request.to);
  bool resumed = part.take_up(request.url) > 0;
  for (;;) {
    complete_part(request, part, progress);
    const std::string found = part.sha256();
    if (request.sha256.empty() || found == lower(request.sha256)) break;
    // A part from an earlier day may have been damaged: once more, all of it.
    if (!resumed) {
      part.discard();
      throw Error(Code::conflict,
                  format("cannot use {}: its SHA-256 is {}, expected {}", parts_of(request.url).shown, found,
                         request.sha256),
                  "the file changed on the server, or something on the way alters it: do not use it before "
                  "you know which");
    }
    resumed = false;
    part.start_over(request.url, {});
  }
  progress(part.size(), part.size(), {});
  part.complete();
}

}  // namespace rigsetup::fetch
