#include "shared.h"

#include <atomic>
#include <cstdint>

namespace foresight {

struct SharedBlock {
  Buffer words;
  uint64_t hash = 0;
  size_t holders = 1;
  SharedBlock* next = nullptr;
};

namespace {

constexpr size_t CHAINS = 256;

// Nothing here is destroyed at the end of the process or of a thread: programs may outlive any order of that. What is in the
// chains and the holders of each are read and written under the lock, the words of a block never change.
std::atomic_flag locked = ATOMIC_FLAG_INIT;
SharedBlock* chains[CHAINS];
size_t floatsHeld = 0;

/** Only some pointers are followed while it is held: no memory is asked for, nothing compared. So the others spin. */
class Lock {
 public:
  Lock() {
    while (locked.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~Lock() { locked.clear(std::memory_order_release); }
};

uint64_t hashOf(const Buffer& words) {
  constexpr uint64_t ODD = 0x9e3779b97f4a7c15;
  uint64_t lanes[4] = {1, 2, 3, 4};
  size_t i = 0;
  for (; i + 8 <= words.floats(); i += 8) {
    uint64_t read[4];
    std::memcpy(read, words.data() + i, sizeof read);
    for (int lane = 0; lane < 4; lane++) {
      lanes[lane] = (lanes[lane] ^ read[lane]) * ODD;
      lanes[lane] ^= lanes[lane] >> 29;
    }
  }
  for (; i < words.floats(); i++) {
    uint32_t read;
    std::memcpy(&read, words.data() + i, sizeof read);
    lanes[0] = (lanes[0] ^ read) * ODD;
  }
  uint64_t hash = words.floats();
  for (uint64_t lane : lanes) hash = ((hash ^ lane) * ODD) ^ (lane >> 32);
  return hash;
}

SharedBlock*& chainOf(uint64_t hash) { return chains[(hash >> 32) % CHAINS]; }

/** Under the lock. */
void enter(SharedBlock* block) {
  SharedBlock*& chain = chainOf(block->hash);
  block->next = chain;
  chain = block;
  floatsHeld += block->words.floats();
}

/** One that has the hash and length of `block` and now one holder more, or null and `block` has been entered. */
SharedBlock* likeOrEnter(SharedBlock* block) {
  Lock lock;
  for (SharedBlock* other = chainOf(block->hash); other != nullptr; other = other->next) {
    if (other->hash != block->hash || other->words.floats() != block->words.floats()) continue;
    other->holders++;
    return other;
  }
  enter(block);
  return nullptr;
}

void letGo(SharedBlock* block) {
  {
    Lock lock;
    if (--block->holders > 0) return;
    SharedBlock** link = &chainOf(block->hash);
    while (*link != block) link = &(*link)->next;
    *link = block->next;
    floatsHeld -= block->words.floats();
  }
  delete block;
}

}  // namespace

void Shared::take(Buffer& filled) {
  SharedBlock* own = new SharedBlock;
  own->words.swap(filled);
  own->hash = hashOf(own->words);
  SharedBlock* like = likeOrEnter(own);
  if (like != nullptr && std::memcmp(like->words.data(), own->words.data(), own->words.floats() * sizeof(float)) != 0) {
    // Another content with the same hash, which may never happen: both are kept.
    letGo(like);
    like = nullptr;
    Lock lock;
    enter(own);
  }
  if (like != nullptr) delete own;
  block_ = like == nullptr ? own : like;
  data_ = block_->words.data();
  addedFloats_ = like == nullptr ? block_->words.floats() : 0;
}

Shared::~Shared() {
  if (block_ != nullptr) letGo(block_);
}

size_t sharedBytes() {
  Lock lock;
  return floatsHeld * sizeof(float);
}

}  // namespace foresight
