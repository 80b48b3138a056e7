// flashsim/cow.h - a sparse array whose copies share what neither has changed.
//
// Exhaustive power-cut tests fork the chip at every operation and again inside
// every recovery, so a copy must cost next to nothing, and the first write to
// a copy one leaf, not one chip. Two levels: a table of nodes, each a table of
// leaves; both shared by reference count and cloned when written while shared.
//
// Invariant: a leaf or node with more than one owner is never written. Counts
// are atomic, so copies may live in different threads; one copy is as little
// thread-safe as a std::vector.
#ifndef FLASHSIM_COW_H_
#define FLASHSIM_COW_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace flashsim {

// Base of what a CowPtr points to. A copied object starts with its own count.
class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) {}
  RefCounted& operator=(const RefCounted&) = delete;

 private:
  template <typename T>
  friend class CowPtr;
  mutable std::atomic<std::uint32_t> owners_{1};
};

// Shared and immutable until Mutable() is called, which makes it exclusive.
template <typename T>
class CowPtr {
 public:
  CowPtr() = default;
  CowPtr(const CowPtr& other) : object_(other.object_) {
    if (object_ != nullptr) object_->owners_.fetch_add(1, std::memory_order_relaxed);
  }
  CowPtr(CowPtr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  CowPtr& operator=(CowPtr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~CowPtr() { Reset(); }

  void Reset() {
    T* const object = std::exchange(object_, nullptr);
    if (object == nullptr) return;
    if (object->owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete object;
  }

  // Null if never written.
  const T* get() const { return object_; }

  // Creates, clones or just returns the object, so that this is its only owner.
  T& Mutable() {
    if (object_ == nullptr) {
      object_ = new T();
    } else if (object_->owners_.load(std::memory_order_acquire) != 1) {
      *this = CowPtr(new T(std::as_const(*object_)));
    }
    return *object_;
  }

 private:
  explicit CowPtr(T* object) : object_(object) {}

  T* object_ = nullptr;
};

// `Leaf` derives from RefCounted and is default- and copy-constructible; an
// absent leaf means a default one.
template <typename Leaf>
class CowArray {
 public:
  static constexpr std::size_t kLeavesPerNode = 64;

  // 0 leaves is possible but useless. The table costs 8 B for 64 leaves.
  explicit CowArray(std::size_t leaf_count)
      : nodes_((leaf_count + kLeavesPerNode - 1) / kLeavesPerNode) {}

  // Null: the leaf is as default-constructed. `index` is below leaf_count.
  const Leaf* Find(std::size_t index) const {
    const Node* const node = nodes_[index / kLeavesPerNode].get();
    return node == nullptr ? nullptr : node->leaves[index % kLeavesPerNode].get();
  }

  Leaf& Mutable(std::size_t index) {
    return nodes_[index / kLeavesPerNode].Mutable().leaves[index % kLeavesPerNode].Mutable();
  }

  // Back to default, its memory given up.
  void Reset(std::size_t index) {
    if (Find(index) == nullptr) return;
    nodes_[index / kLeavesPerNode].Mutable().leaves[index % kLeavesPerNode].Reset();
  }

  // Leaves that occupy memory (shared ones included): for tests of sparseness.
  std::size_t PresentLeaves() const {
    std::size_t count = 0;
    for (const CowPtr<Node>& node : nodes_) {
      if (node.get() == nullptr) continue;
      for (const CowPtr<Leaf>& leaf : node.get()->leaves) count += leaf.get() != nullptr ? 1 : 0;
    }
    return count;
  }

 private:
  struct Node : RefCounted {
    std::array<CowPtr<Leaf>, kLeavesPerNode> leaves;
  };

  std::vector<CowPtr<Node>> nodes_;
};

}  // namespace flashsim

#endif  // FLASHSIM_COW_H_
