// fuzz/cow_deque.h - a queue whose copies share what neither has changed.
//
// An oracle is copied for each cut, and each copy appends a little and forgets
// a little. Items stand in chunks that the copies share by reference count (see
// flashsim/cow.h for the invariant); a change clones one chunk.
#ifndef FUZZ_COW_DEQUE_H_
#define FUZZ_COW_DEQUE_H_

#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "flashsim/cow.h"

namespace norlog::fuzz {

// `T` is default-constructible and copyable. Items given up may live on until
// their chunk goes. As little thread-safe as a std::deque.
template <typename T>
class CowDeque {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }

  // Indices and ends are within [0, size()).
  const T& operator[](std::size_t index) const {
    const std::size_t at = first_ + index;
    return chunks_[at / kChunk].get()->items[at % kChunk];
  }
  const T& front() const { return (*this)[0]; }
  const T& back() const { return (*this)[size_ - 1]; }

  // Makes the item this copy's own.
  T& Mutable(std::size_t index) {
    const std::size_t at = first_ + index;
    return chunks_[at / kChunk].Mutable().items[at % kChunk];
  }

  void push_back(T item) {
    if ((first_ + size_) / kChunk == chunks_.size()) chunks_.emplace_back();
    ++size_;
    Mutable(size_ - 1) = std::move(item);
  }
  void pop_back() {
    --size_;
    if ((first_ + size_) / kChunk + 1 < chunks_.size()) chunks_.pop_back();
  }
  void pop_front() {
    --size_;
    if (++first_ < kChunk) return;
    chunks_.erase(chunks_.begin());
    first_ = 0;
  }
  void clear() {
    chunks_.clear();
    first_ = 0;
    size_ = 0;
  }

 private:
  static constexpr std::size_t kChunk = 16;
  struct Chunk : flashsim::RefCounted {
    std::array<T, kChunk> items{};
  };

  // The first chunk holds the first item, unless there is none.
  std::vector<flashsim::CowPtr<Chunk>> chunks_;
  std::size_t first_ = 0;  // of the first chunk
  std::size_t size_ = 0;
};

}  // namespace norlog::fuzz

#endif  // FUZZ_COW_DEQUE_H_
