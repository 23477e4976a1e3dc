// SPDX-License-Identifier: Apache-2.0
#include "kernels/core/check.h"
#include "trainer/export/index/index_file.h"
#include "trainer/export/index/item_index.h"
#include "trainer/export/index/item_lists.h"

#include <faiss/Index.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexIVFPQ.h>
#include <faiss/IndexScalarQuantizer.h>
#include <faiss/impl/FaissException.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <omp.h>

#include <algorithm>
#include <exception>
#include <numeric>
#include <utility>

namespace kindred {

namespace {

// faiss asks OpenMP for its threads.
class FaissThreads {
 public:
  explicit FaissThreads(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(std::max(1, threads)); }
  ~FaissThreads() { omp_set_num_threads(before_); }
  FaissThreads(const FaissThreads&) = delete;
  FaissThreads& operator=(const FaissThreads&) = delete;

 private:
  int before_;
};

class FunctionWriter final : public faiss::IOWriter {
 public:
  explicit FunctionWriter(const std::function<void(std::span<const std::byte>)>& put) : put_(put) {
    name = "items.faiss";
  }
  std::size_t operator()(const void* data, std::size_t size, std::size_t count) override {
    put_({static_cast<const std::byte*>(data), size * count});
    return count;
  }

 private:
  const std::function<void(std::span<const std::byte>)>& put_;
};

class FaissIndex final : public ItemIndex {
 public:
  explicit FaissIndex(std::unique_ptr<faiss::Index> index) : index_(std::move(index)) {}

  IndexShape shape() const override {
    IndexShape shape{.type = IndexType::flat,
                     .items = index_->ntotal,
                     .dim = index_->d,
                     .inner_product = index_->metric_type == faiss::METRIC_INNER_PRODUCT};
    if (const auto* lists = dynamic_cast<const faiss::IndexIVF*>(index_.get())) {
      shape.type = IndexType::ivf_flat;
      shape.lists = static_cast<std::int64_t>(lists->nlist);
      shape.effort = static_cast<std::int64_t>(lists->nprobe);
      for (std::size_t list = 0; list < lists->nlist; ++list) {
        shape.largest_list = std::max(shape.largest_list, static_cast<std::int64_t>(lists->invlists->list_size(list)));
      }
      if (const auto* coded = dynamic_cast<const faiss::IndexIVFPQ*>(lists)) {
        shape.type = IndexType::ivf_pq;
        shape.segments = static_cast<std::int64_t>(coded->pq.M);
      }
    } else if (const auto* graph = dynamic_cast<const faiss::IndexHNSW*>(index_.get())) {
      shape.type = IndexType::hnsw;
      shape.links = graph->hnsw.nb_neighbors(1);
      shape.effort = graph->hnsw.efSearch;
    } else if (const auto* scalar = dynamic_cast<const faiss::IndexScalarQuantizer*>(index_.get())) {
      shape.type = scalar->sq.qtype == faiss::ScalarQuantizer::QT_fp16 ? IndexType::fp16 : IndexType::sq8;
    }
    return shape;
  }

  void set_effort(std::int64_t effort) override {
    if (auto* lists = dynamic_cast<faiss::IndexIVF*>(index_.get())) {
      lists->nprobe = std::min(static_cast<std::size_t>(effort), lists->nlist);
    } else if (auto* graph = dynamic_cast<faiss::IndexHNSW*>(index_.get())) {
      graph->hnsw.efSearch = static_cast<int>(effort);
    }
  }

  void search(View<const float, 2> queries, View<std::int64_t, 2> items, int threads) const override {
    const FaissThreads scope(threads);
    std::vector<float> scores(static_cast<std::size_t>(items.count()));
    static_assert(sizeof(faiss::Index::idx_t) == sizeof(std::int64_t));
    index_->search(queries.size(0), queries.data(), items.size(1), scores.data(), items.data());
  }

  void write(const std::function<void(std::span<const std::byte>)>& put) const override {
    FunctionWriter writer(put);
    faiss::write_index(index_.get(), &writer);
  }

 private:
  std::unique_ptr<faiss::Index> index_;
};

// Debian's faiss has no vector instructions: its inner product adds one number after the other. A graph is built from
// little else, so it is given this one (16 partial sums, added in a fixed order: the same bits everywhere).
float inner_product(const float* a, const float* b, std::int64_t dim) {
  constexpr std::int64_t kLanes = 16;
  float sums[kLanes] = {};
  std::int64_t d = 0;
  for (; d + kLanes <= dim; d += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[d + lane] * b[d + lane];
  }
  float rest = 0.0F;
  for (; d < dim; ++d) rest += a[d] * b[d];
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::int64_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return rest + sums[0];
}

class InnerProducts final : public faiss::FlatCodesDistanceComputer {
 public:
  explicit InnerProducts(const faiss::IndexFlat& vectors)
      : FlatCodesDistanceComputer(vectors.codes.data(), vectors.code_size), vectors_(vectors) {}
  void set_query(const float* x) override { query_ = x; }
  float distance_to_code(const std::uint8_t* code) override {
    return inner_product(query_, reinterpret_cast<const float*>(code), vectors_.d);
  }
  float symmetric_dis(idx_t i, idx_t j) override {
    return inner_product(vectors_.get_xb() + i * vectors_.d, vectors_.get_xb() + j * vectors_.d, vectors_.d);
  }

 private:
  const faiss::IndexFlat& vectors_;
  const float* query_ = nullptr;
};

struct FlatByInnerProducts final : faiss::IndexFlatIP {
  using IndexFlatIP::IndexFlatIP;
  faiss::FlatCodesDistanceComputer* get_FlatCodesDistanceComputer() const override { return new InnerProducts(*this); }
};

std::vector<faiss::Index::idx_t> row_numbers(std::int64_t items) {
  std::vector<faiss::Index::idx_t> rows(static_cast<std::size_t>(items));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Lists that own their quantizer, with the centroids in it.
template <typename Lists, typename... Args>
std::unique_ptr<Lists> empty_lists(const ItemLists& lists, std::int64_t dim, Args... args) {
  auto quantizer = std::make_unique<faiss::IndexFlatIP>(dim);
  quantizer->add(lists.lists, lists.centroids.data());
  auto index = std::make_unique<Lists>(quantizer.get(), static_cast<std::size_t>(dim),
                                       static_cast<std::size_t>(lists.lists), args..., faiss::METRIC_INNER_PRODUCT);
  quantizer.release();
  index->own_fields = true;
  index->is_trained = true;
  return index;
}

void add_items(faiss::IndexIVF& index, View<const float, 2> items, const ItemLists& lists) {
  const auto rows = row_numbers(items.size(0));
  const std::vector<faiss::Index::idx_t> places(lists.place.begin(), lists.place.end());
  index.add_core(items.size(0), items.data(), rows.data(), places.data());
}

std::unique_ptr<faiss::Index> build(const Context& ctx, View<const float, 2> items, IndexType type,
                                    const IndexConfig& config) {
  const auto dim = items.size(1);
  const auto d = static_cast<int>(dim);
  switch (type) {
    case IndexType::flat: {
      auto index = std::make_unique<faiss::IndexFlatIP>(dim);
      index->add(items.size(0), items.data());
      return index;
    }
    case IndexType::sq8:
    case IndexType::fp16: {
      const auto kind = type == IndexType::sq8 ? faiss::ScalarQuantizer::QT_8bit : faiss::ScalarQuantizer::QT_fp16;
      auto index = std::make_unique<faiss::IndexScalarQuantizer>(d, kind, faiss::METRIC_INNER_PRODUCT);
      index->train(items.size(0), items.data());
      index->add(items.size(0), items.data());
      return index;
    }
    case IndexType::ivf_flat: {
      const ItemLists lists = make_item_lists(ctx, items, config.lists);
      auto index = empty_lists<faiss::IndexIVFFlat>(lists, dim);
      add_items(*index, items, lists);
      return index;
    }
    case IndexType::ivf_pq: {
      constexpr std::size_t kBits = 8;
      const std::int64_t segments = config.segments > 0 ? config.segments : std::max<std::int64_t>(1, dim / 4);
      const ItemLists lists = make_item_lists(ctx, items, config.lists);
      const std::vector<float> books = make_codebooks(ctx, items, lists, segments);
      auto index = empty_lists<faiss::IndexIVFPQ>(lists, dim, static_cast<std::size_t>(segments), kBits);
      index->pq.centroids = books;
      add_items(*index, items, lists);
      return index;
    }
    case IndexType::hnsw: {
      // Several threads would give other links each time.
      const FaissThreads one(1);
      auto index =
          std::make_unique<faiss::IndexHNSWFlat>(d, static_cast<int>(config.links), faiss::METRIC_INNER_PRODUCT);
      delete std::exchange(index->storage, new FlatByInnerProducts(dim));  // owned by the index
      index->hnsw.efConstruction = static_cast<int>(config.ef_construction);
      index->add(items.size(0), items.data());
      return index;
    }
    case IndexType::automatic:
    case IndexType::none:
      break;
  }
  fail(ErrorKind::internal, "index type {} cannot be built", static_cast<int>(type));
}

}  // namespace

std::unique_ptr<ItemIndex> build_item_index(const Context& ctx, View<const float, 2> items, IndexType type,
                                            const IndexConfig& config) {
  const FaissThreads scope(ctx.threads());
  auto index = std::make_unique<FaissIndex>(build(ctx, items, type, config));
  return index;
}

std::unique_ptr<ItemIndex> read_item_index(const std::filesystem::path& file) {
  check_index_file(file);
  try {
    return std::make_unique<FaissIndex>(std::unique_ptr<faiss::Index>(faiss::read_index(file.c_str())));
  } catch (const faiss::FaissException& exception) {
    fail(ErrorKind::data, "{}: faiss cannot read it: {}", file.string(), exception.what());
  }
}

std::string faiss_version() {
  return fmt::format("{}.{}.{}", FAISS_VERSION_MAJOR, FAISS_VERSION_MINOR, FAISS_VERSION_PATCH);
}

}  // namespace kindred
