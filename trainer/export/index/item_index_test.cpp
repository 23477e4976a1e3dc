// SPDX-License-Identifier: Apache-2.0
// Every kind of index, written, read back and measured; and files that lie.
#include "trainer/export/index/item_index.h"

#include "kernels/core/check.h"
#include "kernels/core/random.h"
#include "trainer/data/testing/temporary_folder.h"
#include "trainer/export/checked_index.h"
#include "trainer/export/index/item_lists.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

namespace kindred {
namespace {

constexpr std::int64_t kDim = 16;

// `count` vectors around 40 directions, of lengths that differ by a factor of ten.
std::vector<float> vectors(std::int64_t count, const char* purpose) {
  const Random centres(1, "test.centres");
  const Random noise(2, purpose);
  std::vector<float> values;
  for (std::int64_t row = 0; row < count; ++row) {
    const auto r = static_cast<std::uint64_t>(row);
    const std::uint64_t centre = noise.below(40, r, 99);
    const double length = std::exp(2.3 * noise.uniform(r, 98));
    for (std::uint32_t d = 0; d < kDim; ++d) {
      const double direction = centres.uniform(centre, d) - 0.5 + 0.4 * (noise.uniform(r, d) - 0.5);
      values.push_back(static_cast<float>(length * direction));
    }
  }
  return values;
}

class ItemIndexTest : public testing::Test {
 protected:
  ItemIndexTest()
      : folder_("index"), ctx_(Context::cpu(2, 3)), items_(vectors(kItems, "items")), queries_(vectors(100, "users")) {}

  View<const float, 2> items() const { return {items_.data(), {kItems, kDim}}; }
  View<const float, 2> queries() const { return {queries_.data(), {100, kDim}}; }

  std::string bytes_of_index(IndexType type, const IndexConfig& config) const {
    std::string bytes;
    build_item_index(ctx_, items(), type, config)->write([&](std::span<const std::byte> block) {
      bytes.append(reinterpret_cast<const char*>(block.data()), block.size());
    });
    return bytes;
  }

  static constexpr std::int64_t kItems = 3000;
  TemporaryFolder folder_;
  Context ctx_;
  std::vector<float> items_;
  std::vector<float> queries_;
};

TEST_F(ItemIndexTest, EveryKindComesBackAsItWasWrittenWithItsRecall) {
  const RecallCheck check(ctx_, items(), queries());
  const std::vector<std::tuple<IndexType, std::int64_t, double>> kinds = {
      {IndexType::flat, 0, 1.0},   {IndexType::fp16, 0, 0.97},      {IndexType::sq8, 0, 0.9},
      {IndexType::hnsw, 200, 0.8}, {IndexType::ivf_flat, 128, 1.0}, {IndexType::ivf_pq, 128, 0.5}};
  for (const auto& [type, effort, least] : kinds) {
    IndexConfig config;
    config.type = type;
    config.segments = 8;
    const std::string bytes = bytes_of_index(type, config);
    const auto file = folder_.write("items.faiss", bytes);
    const auto index = read_item_index(file);
    EXPECT_EQ(index->shape().type, type);
    EXPECT_EQ(index->shape().items, kItems);
    EXPECT_EQ(index->shape().dim, kDim);
    index->set_effort(effort);
    EXPECT_EQ(index->shape().effort, effort) << static_cast<int>(type);
    EXPECT_GE(check.measure(*index).least(), least) << static_cast<int>(type);
    EXPECT_EQ(bytes_of_index(type, config), bytes) << "another time, other bytes: " << static_cast<int>(type);
  }
}

TEST_F(ItemIndexTest, ListsAreBalancedThoughLengthsDiffer) {
  const ItemLists lists = make_item_lists(ctx_, items(), 0);
  ASSERT_EQ(lists.lists, kItems / 16);  // at least 16 items a list
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(lists.lists));
  for (const std::int32_t place : lists.place) ++sizes.at(static_cast<std::size_t>(place));
  EXPECT_LT(*std::max_element(sizes.begin(), sizes.end()), kItems / 20);
  // A centroid is the mean of its items, each times its length.
  std::vector<double> sum(kDim);
  for (std::int64_t item = 0; item < kItems; ++item) {
    if (lists.place[static_cast<std::size_t>(item)] != 5) continue;
    double squares = 0.0;
    for (std::int64_t d = 0; d < kDim; ++d) squares += static_cast<double>(items()(item, d)) * items()(item, d);
    for (std::int64_t d = 0; d < kDim; ++d) sum[static_cast<std::size_t>(d)] += std::sqrt(squares) * items()(item, d);
  }
  ASSERT_GT(sizes[5], 0);
  for (std::int64_t d = 0; d < kDim; ++d) {
    EXPECT_NEAR(lists.centroids[static_cast<std::size_t>(5 * kDim + d)],
                sum[static_cast<std::size_t>(d)] / static_cast<double>(sizes[5]), 1e-4);
  }
}

TEST_F(ItemIndexTest, TheLeastEffortThatKeepsTheBoundIsChosen) {
  const RecallCheck check(ctx_, items(), queries());
  const auto index = build_item_index(ctx_, items(), IndexType::ivf_flat, {});
  const std::int64_t effort = least_effort(*index, check, 0.96, 128);
  EXPECT_EQ(index->shape().effort, effort);
  EXPECT_GE(check.measure(*index, 0, 2).least(), 0.96);
  ASSERT_GT(effort, 1);
  index->set_effort(std::max<std::int64_t>(1, effort - std::max<std::int64_t>(2, effort / 8)));
  EXPECT_LT(check.measure(*index, 0, 2).least(), 0.96);
}

class Spoken final : public Progress {
 public:
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void update(std::int64_t, std::string_view) override {}
  void end(std::string_view) override {}
  void say(std::string_view line) override { lines += std::string(line) + "\n"; }
  std::string lines;
};

TEST_F(ItemIndexTest, BelowTheBoundItFallsBackLoudly) {
  const RecallCheck check(ctx_, items(), queries());
  IndexConfig config;
  config.type = IndexType::hnsw;
  config.ef_search = 100;
  config.probes = 1;
  config.min_recall = 0.9999;
  Spoken spoken;
  ExportFolder folder(folder_ / "out");
  const CheckedIndex index = write_checked_index(ctx_, items(), check, config, folder, spoken);
  ASSERT_EQ(index.attempts.size(), 3U);
  EXPECT_EQ(index.attempts[0].type, IndexType::hnsw);
  EXPECT_EQ(index.attempts[1].type, IndexType::ivf_flat);
  EXPECT_EQ(index.shape.type, IndexType::flat);
  EXPECT_EQ(index.attempts[2].recall.at_100, 1.0);
  EXPECT_NE(spoken.lines.find("WARNING: index hnsw: recall@10 "), std::string::npos) << spoken.lines;
  EXPECT_NE(spoken.lines.find("falling back to ivf_flat"), std::string::npos) << spoken.lines;
  EXPECT_NE(spoken.lines.find("falling back to flat"), std::string::npos) << spoken.lines;
  EXPECT_EQ(folder.files().size(), 1U);
}

TEST_F(ItemIndexTest, TheOrderOfWhatIsTried) {
  using enum IndexType;
  EXPECT_EQ(index_chain(automatic, 16384), (std::vector{flat}));
  EXPECT_EQ(index_chain(automatic, 16385), (std::vector{ivf_flat, flat}));
  EXPECT_EQ(index_chain(hnsw, 10), (std::vector{hnsw, ivf_flat, flat}));
  EXPECT_EQ(index_chain(ivf_pq, 10), (std::vector{ivf_pq, ivf_flat, flat}));
  EXPECT_EQ(index_chain(sq8, 10), (std::vector{sq8, flat}));
}

// A file that was cut, or of which some bytes are others, is refused or harmless: no crash, no endless work, no huge
// allocation. (Under the address sanitizer in CI.)
TEST_F(ItemIndexTest, FilesThatLieAreRefusedOrHarmless) {
  const Random random(5, "test.flips");
  int refused = 0;
  int taken = 0;
  for (const IndexType type :
       {IndexType::flat, IndexType::sq8, IndexType::fp16, IndexType::hnsw, IndexType::ivf_flat, IndexType::ivf_pq}) {
    const std::string bytes = bytes_of_index(type, {.type = type, .lists = 16, .segments = 4, .links = 8});
    for (std::uint64_t n = 0; n < 60; ++n) {
      std::string other = bytes;
      if (n % 4 == 0) {
        other.resize(random.below(bytes.size(), n, static_cast<std::uint32_t>(type)));
      } else {
        // Most of them in the first bytes, where the sizes stand.
        const std::uint64_t range = n % 4 == 1 ? bytes.size() : 120;
        for (std::uint64_t flips = 0; flips < 2; ++flips) {
          const std::uint64_t at =
              random.below(range, n, static_cast<std::uint32_t>(10 * (flips + 1)) + static_cast<std::uint32_t>(type));
          other[at] = static_cast<char>(random.below(256, n, static_cast<std::uint32_t>(500 + flips)));
        }
      }
      const auto file = folder_.write("lie.faiss", other);
      try {
        const auto index = read_item_index(file);
        std::vector<std::int64_t> found(10 * 5);
        if (index->shape().dim == kDim) index->search(queries().slice(0, 10), {found.data(), {10, 5}}, 1);
        ++taken;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data) << error.what();
        EXPECT_NE(std::string(error.what()).find("lie.faiss"), std::string::npos) << error.what();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 150);
  EXPECT_GT(taken, 10);
}

TEST_F(ItemIndexTest, CodesThatDoNotFitAreExplained) {
  try {
    build_item_index(ctx_, items(), IndexType::ivf_pq, {.type = IndexType::ivf_pq, .segments = 5});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_NE(std::string(error.what()).find("export.index.segments: 5"), std::string::npos) << error.what();
  }
}

TEST(RecallCheck, CountsEqualScoresAsHits) {
  // Items 1 and 2 are equal: whichever comes back for the second place is right.
  const Context ctx = Context::cpu(1);
  const std::vector<float> items{3, 0, 2, 0, 2, 0, 1, 0, 0, 1};
  const std::vector<float> query{1, 0};
  const RecallCheck check(ctx, {items.data(), {5, 2}}, {query.data(), {1, 2}});
  const auto index = build_item_index(ctx, {items.data(), {5, 2}}, IndexType::flat, {});
  EXPECT_EQ(check.measure(*index).at_10, 1.0);
  const std::vector<float> turned{0, 3, 0, 2, 2, 0, 1, 0, 0, 1};
  const auto other = build_item_index(ctx, {turned.data(), {5, 2}}, IndexType::flat, {});
  EXPECT_EQ(check.measure(*other).at_10, 1.0);  // all five items are the five best
}

}  // namespace
}  // namespace kindred
