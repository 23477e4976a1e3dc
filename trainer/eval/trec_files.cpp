// SPDX-License-Identifier: Apache-2.0
#include "trainer/eval/trec_files.h"

#include "kernels/core/check.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <string>

namespace kindred {

namespace {

class TrecWriter {
 public:
  explicit TrecWriter(const std::filesystem::path& file) : file_(file), out_(file, std::ios::binary) {
    if (!out_) fail(ErrorKind::data, "{}: cannot be written", file.string());
  }
  void line(const std::string& text) { out_ << text << '\n'; }
  void close() {
    out_.close();
    if (!out_) fail(ErrorKind::data, "{}: writing failed (is the disk full?)", file_.string());
  }
  std::string word(const IdDictionary& ids, std::int64_t row) const {
    std::string text = ids.text(row);
    if (text.empty() || text.find_first_of(" \t\r\n\v\f") != std::string::npos) {
      fail(ErrorKind::data, "{}: the id '{}' cannot stand in a TREC file: it is empty or has white space",
           file_.string(), text);
    }
    return text;
  }

 private:
  std::filesystem::path file_;
  std::ofstream out_;
};

}  // namespace

void write_trec_run(const std::filesystem::path& file, const EvaluationResult& result, const IdDictionary& users,
                    const IdDictionary& items, std::string_view tag) {
  const auto k = static_cast<std::size_t>(result.lists.k);
  KINDRED_CHECK(result.lists.items.size() == result.users.size() * k, "[write_trec_run] the lists were not kept");
  TrecWriter out(file);
  for (std::size_t user = 0; user < result.users.size(); ++user) {
    const std::string name = out.word(users, result.users[user]);
    for (std::size_t place = 0; place < k && result.lists.items[user * k + place] >= 0; ++place) {
      out.line(fmt::format("{} Q0 {} {} {} {}", name, out.word(items, result.lists.items[user * k + place]), place + 1,
                           k - place, tag));
    }
  }
  out.close();
}

void write_trec_qrels(const std::filesystem::path& file, const EvaluationPart& part, const IdDictionary& users,
                      const IdDictionary& items, bool graded_gain) {
  TrecWriter out(file);
  for (std::int64_t row = 0; row < part.targets.rows; ++row) {
    if (part.targets.length(row) == 0) continue;
    const std::string name = out.word(users, part.users(row));
    for (std::int64_t entry = part.targets.begin(row); entry < part.targets.end(row); ++entry) {
      const float gain = graded_gain ? part.targets.value(entry) : 1.0F;
      if (gain != std::floor(gain)) {
        fail(ErrorKind::data, "{}: the gain {} of user '{}' is not a whole number, qrels need one", file.string(), gain,
             name);
      }
      out.line(
          fmt::format("{} 0 {} {}", name, out.word(items, part.targets.ids(entry)), static_cast<std::int64_t>(gain)));
    }
  }
  out.close();
}

}  // namespace kindred
