// SPDX-License-Identifier: Apache-2.0
// Every format and every fault, on files made here; codes against a map from text to first appearance.
#include "trainer/data/events.h"
#include "trainer/data/readers/event_readers.h"
#include "trainer/data/testing/temporary_folder.h"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace kindred {
namespace {

namespace fs = std::filesystem;

class EventsTest : public testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) { return folder_.write(name, bytes).string(); }
  DataConfig table(const std::string& path, const std::string& user = "user", const std::string& item = "item",
                   const std::string& weight = "", const std::string& timestamp = "") const {
    DataConfig data;
    data.path = {path};
    data.columns = {user, item, weight, timestamp, "", ""};
    return data;
  }
  static RawEvents read(const DataConfig& data, int threads = 2) {
    ThreadPool pool(threads);
    return read_events(data, pool);
  }
  static std::string error_of(const DataConfig& data) {
    try {
      read(data);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::data);
      return error.what();
    }
    return "no error";
  }
  static std::string rows_of(const RawEvents& events) {
    std::string text;
    for (std::int64_t row = 0; row < events.size(); ++row) {
      text += events.users.ids.text(events.users.codes[row]) + ">" + events.items.ids.text(events.items.codes[row]);
      if (!events.weights.empty()) text += fmt::format("*{}", events.weights[row]);
      if (!events.timestamps.empty()) text += fmt::format("@{}", events.timestamps[row]);
      text += " ";
    }
    return text;
  }
  TemporaryFolder folder_;
};

void expect_has(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' not in: " << text;
}

std::int64_t bad(const RawEvents& events, BadRow cause) {
  return events.counts.bad_rows[static_cast<std::size_t>(cause)];
}

std::string gzip(const std::string& text) {
  z_stream state{};
  deflateInit2(&state, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  state.avail_in = static_cast<uInt>(text.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  deflate(&state, Z_FINISH);
  out.resize(state.total_out);
  deflateEnd(&state);
  return out;
}

std::string zstd(const std::string& text, int window_log = 0) {
  ZSTD_CCtx* const state = ZSTD_createCCtx();
  if (window_log > 0) {
    ZSTD_CCtx_setParameter(state, ZSTD_c_enableLongDistanceMatching, 1);
    ZSTD_CCtx_setParameter(state, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(state, ZSTD_c_contentSizeFlag, 0);
  }
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress2(state, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(state);
  return out;
}

TEST_F(EventsTest, CsvByNameWithBomCrlfAndNoLastNewline) {
  const std::string path =
      write("a.csv", "\xef\xbb\xbfitem,user,rating,when\r\nx,7,3.5,100\r\n\r\ny,8, 1e3 ,200\r\nx,8,-2,1.5");
  EXPECT_EQ(rows_of(read(table(path, "user", "item", "rating", "when"))),
            "7>x*3.5@100000 8>y*1000@200000 8>x*-2@1500 ");
}

TEST_F(EventsTest, SeparatorsAndPositions) {
  for (const std::string separator : {",", "\t", ";", "|", " ", "::", ":-:"}) {
    std::string text;
    for (const char* row : {"1", "2"}) text += row + separator + "Toy: Story" + separator + "5\n";
    if (separator == " ") text = "1 Toy:Story 5\n2 Toy:Story 5\n";
    DataConfig data = table(write("t", text), "0", "1", "2");
    data.separator = separator;
    EXPECT_EQ(rows_of(read(data)),
              separator == " " ? "1>Toy:Story*5 2>Toy:Story*5 " : "1>Toy: Story*5 2>Toy: Story*5 ");
  }
}

TEST_F(EventsTest, QuotesHoldSeparatorsNewlinesAndQuotes) {
  const std::string path = write("q.csv",
                                 "user,item\n1,\"a,b\"\n2,\"line\nbreak\"\n3,\"say \"\"hi\"\"\"\n4,5\" pipe\n5,\"Weird "
                                 "Al\" Yankovic\n\"6\",\"\"\"\"\n7,z\n");
  const std::string expected = "1>a,b 2>line\nbreak 3>say \"hi\" 4>5\" pipe 5>\"Weird Al\" Yankovic 6>\" 7>z ";
  ThreadPool pool(2);
  for (std::int64_t bytes = 1; bytes < 120; ++bytes) {
    EXPECT_EQ(rows_of(read_events_in_blocks(table(path), {path}, pool, {}, {bytes, 3})), expected) << bytes;
  }
  // Line numbers count the newline inside quotes.
  const std::string wrong = write("w.csv", "user,item,w\n1,\"a\nb\",1\n2,c,x\n");
  expect_has(error_of(table(wrong, "user", "item", "w")),
             {"w.csv: line 4: column 'w': value 'x'; expected a finite number"});
}

TEST_F(EventsTest, UnclosedQuoteNamesItsLine) {
  const std::string path = write("u.csv", "user,item\n1,a\n2,b\n3,\"c\n4,d\n");
  expect_has(error_of(table(path)), {"u.csv: line 4:", "never closed"});
}

TEST_F(EventsTest, HeaderIsFound) {
  EXPECT_EQ(rows_of(read(table(write("a", "u,i\n1,2\n"), "0", "1"))), "1>2 ");
  EXPECT_EQ(rows_of(read(table(write("b", "3,4\n1,2\n"), "0", "1"))), "3>4 1>2 ");
  EXPECT_EQ(rows_of(read(table(write("c", "u,i\nann,bo\n"), "0", "1"))), "u>i ann>bo ");
  EXPECT_EQ(rows_of(read(table(write("d", "u,i,w\nann,bo,2\n"), "0", "1", "2"))), "ann>bo*2 ");
  DataConfig data = table(write("e", "1,2\n3,4\n"), "0", "1");
  data.header = true;
  EXPECT_EQ(rows_of(read(data)), "3>4 ");
  data.header = false;
  EXPECT_EQ(rows_of(read(data)), "1>2 3>4 ");
  data.columns.user = "user";
  expect_has(error_of(data), {"columns.user is the name 'user'", "no header", "0-based position"});
}

TEST_F(EventsTest, OneRowHeaderOnlyAndEmpty) {
  EXPECT_EQ(rows_of(read(table(write("one", "1,2"), "0", "1"))), "1>2 ");
  expect_has(error_of(table(write("header", "user,item\n"))), {"header", "no events"});
  expect_has(error_of(table(write("empty", ""))), {"empty", "no events"});
  expect_has(error_of(table(write("bom", "\xef\xbb\xbf"))), {"no events"});
  expect_has(error_of(table(write("blank", "\n\n\r\n"))), {"no events"});
}

TEST_F(EventsTest, IdsKeepTheirText) {
  const RawEvents integers = read(table(write("a", "5,9223372036854775807\n-3,0\n5,-9223372036854775808\n"), "0", "1"));
  EXPECT_TRUE(integers.users.ids.integers());
  EXPECT_TRUE(integers.items.ids.integers());
  EXPECT_EQ(integers.items.ids.integer(0), INT64_MAX);
  EXPECT_EQ(integers.items.ids.integer(2), INT64_MIN);
  EXPECT_EQ(integers.users.codes[2], 0);
  const RawEvents texts = read(table(write("b", "7,9223372036854775808\n007,1\n7,+1\n-0,1\n"), "0", "1"));
  EXPECT_FALSE(texts.users.ids.integers());
  EXPECT_EQ(rows_of(texts), "7>9223372036854775808 007>1 7>+1 -0>1 ");
  EXPECT_EQ(texts.users.codes[2], 0);
  EXPECT_EQ(texts.items.codes[3], 1);
  EXPECT_EQ(texts.users.ids.find(std::int64_t{7}), 0);
  EXPECT_EQ(texts.users.ids.find("8"), -1);
}

// Codes by first appearance, the same for any number of threads and any block size, also where integers turn into text
// in the middle.
TEST_F(EventsTest, CodesAreByFirstAppearanceInAnyBlocks) {
  std::string text = "user,item,w,t\n";
  std::map<std::string, int> users;
  std::map<std::string, int> items;
  std::vector<std::pair<int, int>> expected;
  std::uint64_t state = 1;
  for (int row = 0; row < 5000; ++row) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const std::string user = std::to_string((state >> 33) % 700);
    const std::string item = (row > 3000 ? "i" : "") + std::to_string((state >> 40) % 90);
    text += user + "," + item + "," + std::to_string(row % 5) + "," + std::to_string(row) + "\n";
    const int user_code = users.emplace(user, users.size()).first->second;
    expected.emplace_back(user_code, items.emplace(item, items.size()).first->second);
  }
  const std::string path = write("c.csv", text);
  for (const int threads : {1, 2, 5}) {
    ThreadPool pool(threads);
    for (const ReadOptions options : {ReadOptions{17, 1}, ReadOptions{100, 7}, ReadOptions{4096, 32}, ReadOptions{}}) {
      const RawEvents events = read_events_in_blocks(table(path, "user", "item", "w", "t"), {path}, pool, {}, options);
      ASSERT_EQ(events.size(), 5000);
      EXPECT_TRUE(events.users.ids.integers());
      EXPECT_FALSE(events.items.ids.integers());
      for (int row = 0; row < 5000; ++row) {
        ASSERT_EQ(events.users.codes[row], expected[static_cast<std::size_t>(row)].first) << row;
        ASSERT_EQ(events.items.codes[row], expected[static_cast<std::size_t>(row)].second) << row;
        ASSERT_EQ(events.weights[row], static_cast<float>(row % 5));
        ASSERT_EQ(events.timestamps[row], row * 1000);
      }
      for (const auto& [id, code] : items) EXPECT_EQ(events.items.ids.text(code), id);
    }
  }
}

TEST_F(EventsTest, BadRowsByCause) {
  const std::string text =
      "user,item,w,t\n1,2,3,4\n,2,3,4\n1,,3,4\n1,2,,4\n1,2,nan,4\n1,2,abc,4\n1,2,inf,4\n1,2,1e39,4\n1,2,3,\n"
      "1,2,3,soon\n1,2,3\n1,2,3,4,5\n\xff,2,3,4\n9,8,7,6\n";
  DataConfig data = table(write("bad.csv", text), "user", "item", "w", "t");
  data.max_bad_rows = 12;
  const RawEvents events = read(data);
  EXPECT_EQ(rows_of(events), "1>2*3@4000 9>8*7@6000 ");
  EXPECT_EQ(events.users.ids.size(), 2);
  EXPECT_EQ(events.counts.rows_read, 14);
  EXPECT_EQ(events.counts.rows_kept, 2);
  EXPECT_EQ(events.counts.bad_rows_total(), 12);
  EXPECT_EQ(bad(events, BadRow::missing_user), 1);
  EXPECT_EQ(bad(events, BadRow::missing_item), 1);
  EXPECT_EQ(bad(events, BadRow::missing_weight), 1);
  EXPECT_EQ(bad(events, BadRow::invalid_weight), 4);
  EXPECT_EQ(bad(events, BadRow::missing_timestamp), 1);
  EXPECT_EQ(bad(events, BadRow::invalid_timestamp), 1);
  EXPECT_EQ(bad(events, BadRow::wrong_columns), 2);
  EXPECT_EQ(bad(events, BadRow::invalid_id), 1);
  expect_has(events.counts.examples.at(0).message, {"bad.csv: line 3: column 'user'", "missing"});
  data.max_bad_rows = 11;
  expect_has(error_of(data), {"max_bad_rows = 11", "invalid_weight 4", "bad.csv: line 3"});
  data.max_bad_rows = 0;
  expect_has(error_of(data), {"bad.csv: line 3: column 'user'", "max_bad_rows"});
}

TEST_F(EventsTest, ColumnsThatAreNotThere) {
  const std::string path = write("m.csv", "userId,movieId,rating\n1,2,3\n");
  expect_has(error_of(table(path, "userID", "movieId")),
             {"no column 'userID' (columns.user)", "did you mean 'userId'", "userId, movieId, rating"});
  expect_has(error_of(table(write("s.csv", "1;2;3\n4;5;6\n"), "0", "1")),
             {"no column 1 (columns.item", "3 fields", "\";\""});
  expect_has(error_of(table(write("n.csv", "user\titem\n4\t5\n"))), {"no column 'user'", "\"\\t\""});
  expect_has(error_of(table(write("d.csv", "user,item,user\n1,2,3\n"))), {"'user'", "twice"});
  expect_has(error_of(table((folder_ / "nothing.csv").string())), {"nothing.csv", "no such file"});
}

TEST_F(EventsTest, Compressed) {
  std::string text = "user,item\n";
  for (int row = 0; row < 30000; ++row) text += std::to_string(row % 97) + "," + std::to_string(row % 1013) + "\n";
  const std::string plain = rows_of(read(table(write("p.csv", text))));
  const std::size_t half = text.find('\n', text.size() / 2) - 3;
  for (const std::string& bytes :
       {gzip(text), gzip(text.substr(0, half)) + gzip(text.substr(half)), gzip(text) + std::string(9, '\0'), zstd(text),
        zstd(text, 27), zstd(text.substr(0, half)) + zstd(text.substr(half))}) {
    EXPECT_EQ(rows_of(read(table(write("c", bytes)))), plain);
  }
  const std::string gz = gzip(text);
  expect_has(error_of(table(write("t.gz", gz.substr(0, gz.size() / 2)))), {"t.gz", "truncated"});
  const std::string zst = zstd(text);
  expect_has(error_of(table(write("t.zst", zst.substr(0, zst.size() - 5)))), {"t.zst", "truncated"});
  std::string damaged = zst;
  damaged[damaged.size() / 2] ^= 0x55;
  damaged[damaged.size() / 2 + 1] ^= 0x55;
  EXPECT_NE(error_of(table(write("x.zst", damaged + zst))), "no error");
  std::string damaged_gz = gz;
  for (std::size_t place = 40; place < 60; ++place) damaged_gz[place] = static_cast<char>(~damaged_gz[place]);
  expect_has(error_of(table(write("x.gz", damaged_gz))), {"x.gz", "damaged"});
}

TEST_F(EventsTest, BinaryFilesAreRefused) {
  expect_has(error_of(table(write("b", std::string("user,item\n\0\x01", 12)))), {"binary"});
  expect_has(error_of(table(write("z", "PK\x03\x04zzzz"))), {"zip"});
  expect_has(error_of(table(write("u", std::string("\xff\xfe"
                                                   "1\0",
                                                   4)))),
             {"UTF-16"});
  std::string garbage;
  std::uint64_t state = 99;
  for (int byte = 0; byte < 5000; ++byte) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    garbage += static_cast<char>(state >> 56);
  }
  EXPECT_NE(error_of(table(write("g", garbage), "0", "1")), "no error");
  EXPECT_NE(error_of(table(write("p", "PAR1" + garbage), "0", "1")), "no error");
}

TEST_F(EventsTest, FoldersGlobsAndPartitions) {
  write("d/b.csv", "user,item\n2,20\n");
  write("d/a.csv", "item,user\n10,1\n");
  write("d/_SUCCESS", "");
  write("d/.hidden", "x");
  write("d/empty.csv", "");
  EXPECT_EQ(rows_of(read(table((folder_ / "d").string()))), "1>10 2>20 ");
  EXPECT_EQ(rows_of(read(table((folder_ / "d/[ab].csv").string()))), "1>10 2>20 ");
  DataConfig both = table((folder_ / "d/b.csv").string());
  both.path.push_back((folder_ / "d/a.csv").string());
  EXPECT_EQ(rows_of(read(both)), "2>20 1>10 ");
  expect_has(error_of(table((folder_ / "d/*.tsv").string())), {"no file matches"});
  // A bad row in the second file: lines are counted anew.
  write("e/a.csv", "user,item\n1,2\n");
  write("e/b.csv", "user,item\n1,2\n3\n");
  expect_has(error_of(table((folder_ / "e").string())), {"b.csv: line 3:", "1 column; expected 2"});
  write("h/kind=view/day=1/x.csv", "user,item\n1,10\n");
  write("h/kind=add%20cart/day=2/x.csv", "user,item\n2,10\n");
  DataConfig hive = table((folder_ / "h").string(), "user", "item", "day");
  hive.columns.event = "kind";
  const RawEvents events = read(hive);
  EXPECT_EQ(rows_of(events), "2>10*2 1>10*1 ");
  EXPECT_EQ(events.events.ids.text(events.events.codes[0]), "add cart");
}

TEST_F(EventsTest, JsonLines) {
  const std::string path = write(
      "j.jsonl",
      "{\"user\": \"ann\", \"item\": 7, \"w\": 2.5, \"ts\": \"2020-01-01T00:00:00Z\", \"more\": {\"user\": \"no\"}}\n\n"
      "{\"item\": 9007199254740993, \"user\": \"b\\u00e9\\\"a\", \"w\": 1, \"ts\": 1577836800, \"tags\": [1, "
      "{\"item\": 2}]}\r\n");
  EXPECT_EQ(rows_of(read(table(path, "user", "item", "w", "ts"))),
            "ann>7*2.5@1577836800000 b\xc3\xa9\"a>9007199254740993*1@1577836800000 ");
  const std::string faults = write("f.json",
                                   "{\"user\": 1, \"item\": 2}\n{\"user\": 1}\n{\"user\": 1, \"item\": "
                                   "null}\n{\"user\": 1, \"item\": [2]}\n{\"user\": 1, \"item\": 2.5}\n"
                                   "{\"user\": 1, \"item\"\n[1]\n7\n{\"user\": true, \"item\": 1}\n");
  DataConfig data = table(faults);
  data.max_bad_rows = 8;
  const RawEvents events = read(data);
  EXPECT_EQ(events.size(), 1);
  EXPECT_EQ(bad(events, BadRow::missing_item), 2);
  EXPECT_EQ(bad(events, BadRow::invalid_id), 3);
  EXPECT_EQ(bad(events, BadRow::malformed), 3);
  expect_has(events.counts.examples.at(4).message, {"f.json: line 6:", "column"});
  expect_has(error_of(table(write("l.json", "[{\"user\": 1}]\n"))), {"JSON list", "one object a line"});
  expect_has(error_of(table(path, "usr")), {"no key 'usr'", "did you mean 'user'"});
}

TEST_F(EventsTest, ListsAndSequences) {
  DataConfig lists = table(write("l.txt", "0 5 7\n1\n2  7\tx9 \r\n\n0 8"));
  lists.format = DataFormat::lists;
  const RawEvents events = read(lists);
  EXPECT_EQ(rows_of(events), "0>5 0>7 2>7 2>x9 0>8 ");
  EXPECT_EQ(events.users.ids.size(), 3);
  EXPECT_FALSE(events.source_order_is_time);
  DataConfig sequences = lists;
  sequences.format = DataFormat::sequences;
  EXPECT_EQ(rows_of(read(sequences)), rows_of(events));
  EXPECT_TRUE(read(sequences).source_order_is_time);
  sequences.columns.user = "";
  sequences.path.push_back(write("m.txt", "5\n"));
  ThreadPool pool(2);
  for (const std::int64_t bytes : {1, 5, 100}) {
    const RawEvents sessions = read_events_in_blocks(sequences, sequences.path, pool, {}, {bytes, 2});
    EXPECT_EQ(rows_of(sessions), "0>0 0>5 0>7 1>1 2>2 2>7 2>x9 4>0 4>8 5>5 ");
    EXPECT_EQ(sessions.users.ids.size(), 6);
  }
  DataConfig bad_text = lists;
  bad_text.path = {write("b.txt", "1 2\n3 \xff\n")};
  expect_has(error_of(bad_text), {"b.txt: line 2: field 2 (item)", "\\xff"});
}

TEST_F(EventsTest, SessionsAndEventKinds) {
  DataConfig data = table(write("s.csv", "s,u,i,e\nA,1,2,view\nA,1,3,cart\nB,1,2,view\n"), "u", "i");
  data.columns.session = "s";
  data.columns.event = "e";
  const RawEvents events = read(data);
  EXPECT_EQ(events.sessions.ids.text(events.sessions.codes[2]), "B");
  EXPECT_EQ(events.events.codes[2], 0);
  EXPECT_EQ(events.events.ids.size(), 2);
}

TEST_F(EventsTest, FingerprintIsOfContents) {
  ThreadPool one(1);
  ThreadPool four(4);
  const std::string first = write("x/a.csv", std::string(40 << 20, 'x'));
  const std::string hex = source_fingerprint({first}, one).hex;
  EXPECT_EQ(source_fingerprint({first}, four).hex, hex);
  EXPECT_EQ(hex.size(), 32U);
  const std::string copy = write("y/other.csv", std::string(40 << 20, 'x'));
  EXPECT_EQ(source_fingerprint({copy}, four).hex, hex);
  std::fstream(copy, std::ios::in | std::ios::out | std::ios::binary).seekp(30 << 20).put('y');
  EXPECT_NE(source_fingerprint({copy}, four).hex, hex);
  EXPECT_NE(source_fingerprint({first, copy}, one).hex, source_fingerprint({copy, first}, one).hex);
  EXPECT_EQ(source_fingerprint({first}, one).bytes, 40 << 20);
}

TEST_F(EventsTest, RealData) {
  const char* const root = std::getenv("KINDRED_DATA");
  if (root == nullptr || !fs::exists(fs::path(root) / "online-retail"))
    GTEST_SKIP() << "KINDRED_DATA names no data sets";
  DataConfig retail = table((fs::path(root) / "online-retail/online_retail.csv.zst").string(), "CustomerID",
                            "StockCode", "Quantity", "InvoiceDate");
  retail.max_bad_rows = 135080;
  const RawEvents sales = read(retail);
  EXPECT_EQ(sales.counts.rows_read, 541909);
  EXPECT_EQ(bad(sales, BadRow::missing_user), 135080);
  EXPECT_EQ(sales.users.ids.size(), 4372);
  DataConfig gowalla = table((fs::path(root) / "gowalla-lightgcn/train.txt.zst").string());
  gowalla.format = DataFormat::lists;
  const RawEvents visits = read(gowalla);
  EXPECT_EQ(visits.size(), 810128);
  EXPECT_EQ(visits.users.ids.size(), 29858);
  EXPECT_EQ(visits.items.ids.size(), 40981);
}

}  // namespace
}  // namespace kindred
