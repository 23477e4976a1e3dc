// SPDX-License-Identifier: Apache-2.0
#include "tools/cudaemu/runtime/graph.h"

#include <algorithm>
#include <utility>

namespace cudaemu {

GraphNode* Graph::add(Work work, std::vector<GraphNode*> after) {
  nodes.push_back(std::make_unique<GraphNode>());
  nodes.back()->work = std::move(work);
  nodes.back()->after = std::move(after);
  return nodes.back().get();
}

std::unique_ptr<Graph> Graph::clone() const {
  auto copy = std::make_unique<Graph>();
  std::map<const GraphNode*, GraphNode*> counterpart;
  for (const auto& node : nodes) {
    GraphNode* added = copy->add(node->work, {});
    if (node->child) added->child = node->child->clone();
    counterpart[node.get()] = added;
  }
  for (const auto& node : nodes) {
    for (const GraphNode* earlier : node->after) counterpart[node.get()]->after.push_back(counterpart[earlier]);
  }
  return copy;
}

bool Graph::contains(const GraphNode* node) const {
  return std::any_of(nodes.begin(), nodes.end(), [&](const auto& own) { return own.get() == node; });
}

std::vector<GraphNode*> Graph::leaves() const {
  std::map<const GraphNode*, bool> followed;
  for (const auto& node : nodes) {
    for (const GraphNode* earlier : node->after) followed[earlier] = true;
  }
  std::vector<GraphNode*> result;
  for (const auto& node : nodes) {
    if (!followed[node.get()]) result.push_back(node.get());
  }
  return result;
}

GraphExec::GraphExec(const Graph& graph) : source_(graph.clone()), flat_(flatten(graph)) {
  // A node goes on with the branch of the first predecessor that nobody has gone on with.
  std::vector<std::size_t> last_of_branch;
  std::vector<bool> followed(flat_.nodes.size(), false);
  for (std::size_t i = 0; i < flat_.nodes.size(); ++i) {
    Node& node = flat_.nodes[i];
    node.branch = last_of_branch.size();
    for (const std::size_t earlier : node.after) {
      followed[earlier] = true;
      const std::size_t branch = flat_.nodes[earlier].branch;
      if (node.branch == last_of_branch.size() && last_of_branch[branch] == earlier) node.branch = branch;
    }
    if (node.branch == last_of_branch.size()) last_of_branch.push_back(i);
    last_of_branch[node.branch] = i;
  }
  for (std::size_t i = 0; i < flat_.nodes.size(); ++i) {
    if (!followed[i]) leaves_.push_back(i);
  }
  for (std::size_t i = 0; i < last_of_branch.size(); ++i) branches_.push_back(take_stream_number());
}

GraphExec::~GraphExec() {
  for (const StreamNumber branch : branches_) give_back_stream_number(branch);
}

GraphExec::Flat GraphExec::flatten(const Graph& graph) {
  Flat flat;
  append(flat, graph, {});
  return flat;
}

std::vector<std::size_t> GraphExec::append(Flat& flat, const Graph& graph, const std::vector<std::size_t>& before) {
  // Nodes may have been added in any order: each is placed once all that it comes after are.
  std::map<const GraphNode*, std::vector<std::size_t>> ends;
  std::vector<const GraphNode*> waiting;
  for (const auto& node : graph.nodes) waiting.push_back(node.get());
  while (!waiting.empty()) {
    std::vector<const GraphNode*> later;
    for (const GraphNode* node : waiting) {
      const bool placeable = std::all_of(node->after.begin(), node->after.end(),
                                         [&](const GraphNode* earlier) { return ends.count(earlier) != 0; });
      if (!placeable) {
        later.push_back(node);
        continue;
      }
      std::vector<std::size_t> after = node->after.empty() ? before : std::vector<std::size_t>{};
      for (const GraphNode* earlier : node->after) {
        after.insert(after.end(), ends[earlier].begin(), ends[earlier].end());
      }
      if (node->child) {
        ends[node] = append(flat, *node->child, after);
      } else {
        flat.index[node] = flat.nodes.size();
        ends[node] = {flat.nodes.size()};
        flat.nodes.push_back({node->work, std::move(after), 0});
      }
    }
    if (later.size() == waiting.size()) break;  // a cycle: cudaGraphAddDependencies has refused it
    waiting = std::move(later);
  }
  if (graph.nodes.empty()) return before;
  std::vector<std::size_t> result;
  for (const GraphNode* leaf : graph.leaves()) result.insert(result.end(), ends[leaf].begin(), ends[leaf].end());
  return result;
}

void GraphExec::launch(Stream& stream, Lock& lock) {
  std::vector<OperationPtr> before = predecessors(stream);
  before.push_back(last_launch_);
  std::vector<OperationPtr> operations;
  for (const Node& node : flat_.nodes) {
    std::vector<OperationPtr> after;
    for (const std::size_t earlier : node.after) after.push_back(operations[earlier]);
    operations.push_back(
        Scheduler::instance().make(node.work, branches_[node.branch], node.after.empty() ? before : after));
  }
  std::vector<OperationPtr> ends = before;
  for (const std::size_t leaf : leaves_) ends.push_back(operations[leaf]);
  const OperationPtr end =
      Scheduler::instance().make({cudaGraphNodeTypeEmpty, "cudaGraphLaunch", nullptr, false}, stream.number, ends);
  stream.last = end;
  last_launch_ = end;
  for (const OperationPtr& operation : operations) Scheduler::instance().submit(operation, lock);
  Scheduler::instance().submit(end, lock);
}

bool GraphExec::update(const Graph& graph) {
  Flat flat = flatten(graph);
  if (flat.nodes.size() != flat_.nodes.size()) return false;
  for (std::size_t i = 0; i < flat.nodes.size(); ++i) {
    if (flat.nodes[i].work.type != flat_.nodes[i].work.type || flat.nodes[i].after != flat_.nodes[i].after)
      return false;
  }
  for (std::size_t i = 0; i < flat.nodes.size(); ++i) flat_.nodes[i].work = flat.nodes[i].work;
  source_ = graph.clone();
  return true;
}

Work* GraphExec::work_of(const GraphNode* node) {
  const auto found = flat_.index.find(node);
  return found != flat_.index.end() ? &flat_.nodes[found->second].work : nullptr;
}

}  // namespace cudaemu
