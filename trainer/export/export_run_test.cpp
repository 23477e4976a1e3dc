// SPDX-License-Identifier: Apache-2.0
// Whole exports of a small model: what is in them, that the same run gives the same bytes, and that nothing which was
// changed afterwards is taken for good.
#include "trainer/export/export_run.h"

#include "kernels/core/check.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/export/array_files.h"
#include "trainer/export/export_folder.h"
#include "trainer/export/id_files.h"
#include "trainer/export/serve_check.h"
#include "trainer/export/testing/small_export.h"
#include "trainer/models/popularity.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <fstream>
#include <functional>
#include <iterator>
#include <map>

namespace kindred {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string read(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}
void write(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files[entry.path().filename().string()] = read(entry.path());
  }
  return files;
}

class ExportRunTest : public testing::Test {
 protected:
  Json export_to(const std::string& name) { return small_.write(folder_ / name); }
  ServeReport checked(const std::string& name) { return serve_check(small_.ctx, folder_ / name); }

  TemporaryFolder folder_{"export", TemporaryFolder::fast_parent()};
  SmallExport small_;
};

TEST_F(ExportRunTest, HoldsTheModelsVectorsAndIsGood) {
  const Json manifest = export_to("out");
  const ServeReport report = checked("out");
  EXPECT_TRUE(report.good()) << to_table(report);
  EXPECT_EQ(manifest["dim"], 3);
  EXPECT_EQ(manifest["users"]["count"], 10);
  EXPECT_EQ(manifest["recall_check"]["recall@100"], 1.0);
  EXPECT_EQ(manifest["recall_check"]["queries_from"], "test users, folded in");
  EXPECT_EQ(manifest["lineage"]["data_fingerprint"], small_.data->fingerprint());
  const std::string items = read(folder_ / "out/items.npy");
  const std::string header = npy_header("float32", {12, 3});
  const auto view = small_.model->vectors()->items;
  EXPECT_EQ(items, header + std::string(reinterpret_cast<const char*>(view.data()), 12 * 3 * 4));
  EXPECT_EQ(header.size() % 64, 0U);
  EXPECT_EQ(read(folder_ / "out/item_ids.tsv").substr(0, 65),
            "row\texternal_id\ttraining_events\n0\ti000000\t4\n1\ti000001\t4\n2\ti000002");
}

TEST_F(ExportRunTest, TheSameRunGivesTheSameBytesButForWhatWasMeasured) {
  export_to("a");
  export_to("b");
  auto a = contents(folder_ / "a");
  auto b = contents(folder_ / "b");
  Json manifest_a = Json::parse(a.at("manifest.json"));
  Json manifest_b = Json::parse(b.at("manifest.json"));
  manifest_a.erase("measured");
  manifest_b.erase("measured");
  EXPECT_EQ(manifest_a, manifest_b);
  for (auto* files : {&a, &b}) {
    files->erase("manifest.json");
    files->erase("SHA256SUMS");
  }
  EXPECT_EQ(a, b);
}

TEST_F(ExportRunTest, EveryFlippedByteIsFound) {
  export_to("out");
  std::int64_t flipped = 0;
  for (const auto& [name, bytes] : contents(folder_ / "out")) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      std::string other = bytes;
      other[at] = static_cast<char>(other[at] ^ (1 << (at % 8)));
      write(folder_ / "out" / name, other);
      ASSERT_FALSE(checked("out").good()) << name << " byte " << at;
      ++flipped;
    }
    write(folder_ / "out" / name, bytes);
  }
  EXPECT_TRUE(checked("out").good());
  EXPECT_GT(flipped, 5000);
  fmt::print("{} bytes flipped, one at a time: all found\n", flipped);
}

TEST_F(ExportRunTest, AFileMoreOrLessOrShorterIsFound) {
  export_to("out");
  write(folder_ / "out/extra.npy", "x");
  EXPECT_FALSE(checked("out").good());
  fs::remove(folder_ / "out/extra.npy");
  const std::string items = read(folder_ / "out/items.npy");
  write(folder_ / "out/items.npy", items.substr(0, items.size() - 1));
  EXPECT_FALSE(checked("out").good());
  fs::remove(folder_ / "out/items.npy");
  EXPECT_FALSE(checked("out").good());
  fs::create_symlink("items.safetensors", folder_ / "out/items.npy");
  EXPECT_FALSE(checked("out").good());
}

// Whoever changes a file and all sums with it is still caught by what the files say.
class ForgedExport : public ExportRunTest {
 protected:
  void forge(const std::function<void(Json&)>& change) {
    if (!fs::exists(folder_ / "out")) export_to("out");
    Json manifest = Json::parse(read(folder_ / "out/manifest.json"));
    change(manifest);
    std::vector<ExportedFile> files;
    for (auto& entry : manifest["files"]) {
      const fs::path file = folder_ / "out" / entry["name"].get<std::string>();
      if (fs::is_regular_file(file)) {
        const std::string bytes = read(file);
        entry["bytes"] = bytes.size();
        entry["sha256"] = sha256_hex(bytes_of(bytes));
      }
      files.push_back({entry["name"], 0, entry["sha256"], {}, {}});
    }
    const std::string text = manifest.dump(2) + "\n";
    files.push_back({"manifest.json", 0, sha256_hex(bytes_of(text)), {}, {}});
    write(folder_ / "out/manifest.json", text);
    write(folder_ / "out/SHA256SUMS", sha256_sums(files));
  }
  std::string finding(const std::string& check) {
    for (const ServeFinding& found : checked("out").findings) {
      if (found.check == check) return found.good ? "good" : found.detail;
    }
    return "not checked";
  }
  void replace(const std::string& name, std::size_t at, const std::string& with) {
    std::string bytes = read(folder_ / "out" / name);
    bytes.replace(at, with.size(), with);
    write(folder_ / "out" / name, bytes);
  }
};

TEST_F(ForgedExport, AnHonestForgeryIsGood) {
  forge([](Json&) {});
  EXPECT_TRUE(checked("out").good()) << to_table(checked("out"));
}

TEST_F(ForgedExport, PathsThatClimbOutAreRefused) {
  for (const char* name : {"../items.npy", "/etc/passwd", "a/b", "..", ""}) {
    export_to(std::string("out"));
    forge([&](Json& manifest) { manifest["files"][0]["name"] = name; });
    EXPECT_NE(finding("manifest").find("leads out of the folder"), std::string::npos) << name;
    fs::remove_all(folder_ / "out");
  }
}

TEST_F(ForgedExport, ValuesOutOfRangeAreNamed) {
  const std::vector<std::pair<std::string, Json>> changes = {{"dim", 0},
                                                             {"dim", 1e300},
                                                             {"dim", "three"},
                                                             {"format", "other"},
                                                             {"format_version", 2},
                                                             {"dtype", "float64"},
                                                             {"metric", "l2"},
                                                             {"files", 7},
                                                             {"users", Json{}},
                                                             {"items", {{"count", -1}}},
                                                             {"index", {{"file", "../x"}, {"type", "flat"}}}};
  for (const auto& [key, value] : changes) {
    export_to("out");
    forge([&](Json& manifest) {
      if (key == "files") return;
      manifest[key] = value;
    });
    if (key != "files") {
      EXPECT_NE(finding("manifest").find(key), std::string::npos) << key << ": " << finding("manifest");
    }
    fs::remove_all(folder_ / "out");
  }
}

TEST_F(ForgedExport, NaNAndOtherNumbersAreFound) {
  export_to("out");
  const std::size_t data = npy_header("float32", {12, 3}).size();
  const std::string before = read(folder_ / "out/items.npy");
  replace("items.npy", data + 4, std::string("\x00\x00\xc0\x7f", 4));
  forge([](Json&) {});
  EXPECT_NE(finding("items").find("row 0 has a value that is not finite"), std::string::npos) << finding("items");
  write(folder_ / "out/items.npy", before);
  replace("items.npy", data + 12, std::string("\x00\x00\x80\x3f", 4));
  forge([](Json&) {});
  EXPECT_NE(finding("items").find("row 1 differs"), std::string::npos) << finding("items");
}

TEST_F(ForgedExport, IdsThatRepeatAndSeenItemsOutOfRangeAreFound) {
  export_to("out");
  std::string ids = read(folder_ / "out/user_ids.tsv");
  ids.replace(ids.find("u000001"), 7, "u000000");
  write(folder_ / "out/user_ids.tsv", ids);
  replace("seen_items.npy", npy_header("int32", {40}).size(), std::string("\x0c\x00\x00\x00", 4));
  fs::remove(folder_ / "out/seen.parquet");
  forge([](Json& manifest) {
    for (std::size_t i = 0; i < manifest["files"].size(); ++i) {
      if (manifest["files"][i]["name"] == "seen.parquet") manifest["files"].erase(i--);
    }
  });
  EXPECT_NE(finding("user ids").find("a second time"), std::string::npos) << finding("user ids");
  EXPECT_NE(finding("seen items").find("user row 0"), std::string::npos) << finding("seen items");
}

TEST_F(ForgedExport, AnIndexOfOtherVectorsIsFound) {
  export_to("out");
  const std::string index = read(folder_ / "out/items.faiss");
  std::string zeros = index;
  std::fill(zeros.end() - 12 * 3 * 4, zeros.end(), '\0');
  write(folder_ / "out/items.faiss", zeros);
  forge([](Json&) {});
  EXPECT_NE(finding("index").find("recall@10"), std::string::npos) << finding("index");
}

TEST_F(ExportRunTest, HalfPrecisionIsTheNearestOfEach) {
  small_.config.dtype = ExportDtype::float16;
  export_to("out");
  EXPECT_TRUE(checked("out").good()) << to_table(checked("out"));
  EXPECT_EQ(to_float16(1.0F), 0x3c00);
  EXPECT_EQ(to_float16(-65504.0F), 0xfbff);
  EXPECT_EQ(to_float16(65520.0F), 0x7c00);
  EXPECT_EQ(from_float16(0x3555), 0.333251953125F);
}

TEST_F(ExportRunTest, RefusesWhatItCannotExport) {
  export_to("out");
  try {
    export_to("out");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("exists already"), std::string::npos);
  }
  const PopularityModel popularity(small_.ctx, {}, small_.data);
  try {
    check_exportable(small_.config, popularity);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("has no vectors"), std::string::npos);
  }
}

TEST_F(ExportRunTest, NothingIsLeftWhenAVectorIsNotFinite) {
  static_cast<float*>(small_.model->parameters()[0].data)[4] = std::numeric_limits<float>::infinity();
  try {
    export_to("out");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::divergence);
    EXPECT_NE(std::string(error.what()).find("user 'u000001'"), std::string::npos) << error.what();
  }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST(ExportIds, EscapedIdsComeBack) {
  const std::string id = "a\tb\\n\nc\r\\";
  EXPECT_EQ(escape_id(id), "a\\tb\\\\n\\nc\\r\\\\");
  EXPECT_EQ(unescape_id(escape_id(id)), id);
}

TEST(Sha256, OfKnownTexts) {
  EXPECT_EQ(sha256_hex(bytes_of(std::string_view("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace kindred
