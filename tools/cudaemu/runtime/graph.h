// SPDX-License-Identifier: Apache-2.0
// Graphs: work with its order, kept to be launched many times. A graph owns its nodes; handles are pointers.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <map>
#include <memory>
#include <vector>

#include "tools/cudaemu/runtime/stream.h"

namespace cudaemu {

struct Graph;

struct GraphNode {
  Work work;
  std::vector<GraphNode*> after;  // nodes of the same graph
  std::unique_ptr<Graph> child;   // of a child graph node
};

struct Graph {
  std::vector<std::unique_ptr<GraphNode>> nodes;

  GraphNode* add(Work work, std::vector<GraphNode*> after);
  std::unique_ptr<Graph> clone() const;
  bool contains(const GraphNode* node) const;
  // Nodes that no other comes after.
  std::vector<GraphNode*> leaves() const;
};

// A graph made ready: child graphs are part of it, nodes stand in an order that respects theirs, and each branch has a
// stream number of its own, so that the race checker sees branches as what they are: concurrent.
class GraphExec {
 public:
  explicit GraphExec(const Graph& graph);
  ~GraphExec();
  GraphExec(const GraphExec&) = delete;
  GraphExec& operator=(const GraphExec&) = delete;

  // Enqueues all nodes after the stream's work and after the launch before this one.
  void launch(Stream& stream, Lock& lock);
  // Takes over the work of a graph of the same shape; false when the shapes differ.
  bool update(const Graph& graph);
  // The place of a node's work; null for a node of another graph.
  Work* work_of(const GraphNode* node);
  const Graph& source() const { return *source_; }

 private:
  struct Node {
    Work work;
    std::vector<std::size_t> after;
    std::size_t branch = 0;
  };
  struct Flat {
    std::vector<Node> nodes;
    std::map<const GraphNode*, std::size_t> index;
  };
  static Flat flatten(const Graph& graph);
  // Appends the graph's nodes after `before`; the result is the nodes that it ends with.
  static std::vector<std::size_t> append(Flat& flat, const Graph& graph, const std::vector<std::size_t>& before);

  std::unique_ptr<Graph> source_;  // for a launch that is itself captured
  Flat flat_;
  std::vector<StreamNumber> branches_;
  std::vector<std::size_t> leaves_;
  OperationPtr last_launch_;
};

}  // namespace cudaemu
