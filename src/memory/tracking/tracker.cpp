#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <ctime>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "base/fail.hpp"
#include "bitnet/memory_tracking.hpp"
#include "memory/tracking/live_table.hpp"

namespace bitnet {
namespace {

std::int64_t nanoseconds(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// Reading the exact clock takes longer than all the rest.
std::int64_t coarse_time() noexcept {
#ifdef CLOCK_MONOTONIC_COARSE
  return nanoseconds(CLOCK_MONOTONIC_COARSE);
#else
  return nanoseconds(CLOCK_MONOTONIC);
#endif
}

// Held for some ten nanoseconds; a mutex would cost twice that when nobody else wants it.
class SpinLock {
 public:
  void lock() noexcept {
    while (taken_.exchange(true, std::memory_order_acquire)) {
      for (int i = 0; taken_.load(std::memory_order_relaxed); ++i)
        if (i > 64) std::this_thread::yield();
    }
  }
  void unlock() noexcept { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

std::uint32_t thread_number() noexcept {
  static std::atomic<std::uint32_t> threads{0};
  thread_local const std::uint32_t number = threads.fetch_add(1, std::memory_order_relaxed);
  return number;
}

}  // namespace

struct MemoryTracker::State {
  explicit State(const MemoryTrackerOptions& options)
      : mask(options.sample_one_of - 1), factor(options.sample_one_of), start_ns(nanoseconds(CLOCK_MONOTONIC)) {
    if (!std::has_single_bit(options.sample_one_of))
      fail_argument("sample_one_of is {}: take a power of two", options.sample_one_of);
    if (options.level == TrackingLevel::kDetailed) timeline.emplace(options.timeline_events);
  }

  // The same answer when a block comes and when it goes.
  bool looks_at(std::uint64_t id) const noexcept {
    return mask == 0 || ((id ^ id >> 32) * 0x9E3779B97F4A7C15u >> 32 & mask) == 0;
  }

  void note(const MemoryHandle& handle, MemoryTag tag, bool is_allocation) noexcept {
    const auto time = static_cast<std::uint64_t>(nanoseconds(CLOCK_MONOTONIC) - start_ns);
    timeline->record({time, handle.id, handle.size, tag, handle.device, is_allocation, thread_number()});
  }

  // Threads keep account apart, or they would wait for each other at every block: each of the blocks that it, or
  // another of its number, allocated.
  struct alignas(64) Account {
    SpinLock lock;  // of what follows
    LiveTable live;
    std::array<MemoryTagFigures, kMemoryTags> tags{};  // peaks since figures() last looked
    std::uint64_t missed = 0;

    LiveTable::Entry remove(std::uint64_t id) noexcept {
      const std::lock_guard guard(lock);
      const LiveTable::Entry entry = live.remove(id);
      if (entry.id != 0) {
        MemoryTagFigures& figures = tags[static_cast<std::size_t>(entry.tag)];
        figures.current_bytes -= entry.size;
        --figures.blocks;
      }
      return entry;
    }
  };
  Account& own_account() const noexcept { return accounts[thread_number() % accounts.size()]; }

  // Wherever it was noted: as a rule by the thread that asks.
  LiveTable::Entry remove(std::uint64_t id) const noexcept {
    Account& own = own_account();
    LiveTable::Entry entry = own.remove(id);
    for (Account& account : accounts) {
      if (entry.id != 0) break;
      if (&account != &own) entry = account.remove(id);
    }
    return entry;
  }

  const std::uint64_t mask, factor;
  const std::int64_t start_ns;
  std::optional<MemoryTimeline> timeline;
  mutable std::array<Account, 16> accounts;

  mutable std::mutex mutex;  // of what follows
  mutable std::array<std::uint64_t, kMemoryTags> peaks{};
};

MemoryTracker::MemoryTracker(const MemoryTrackerOptions& options) : state_(std::make_unique<State>(options)) {}
MemoryTracker::~MemoryTracker() = default;

std::shared_ptr<MemoryTracker> MemoryTracker::create(const MemoryTrackerOptions& options) {
  if (options.level < TrackingLevel::kStandard) return nullptr;
  return std::shared_ptr<MemoryTracker>(new MemoryTracker(options));
}

void MemoryTracker::allocated(const MemoryHandle& handle, MemoryTag tag) noexcept {
  State& s = *state_;
  if (!s.looks_at(handle.id)) return;
  const std::int64_t now = coarse_time();
  {
    State::Account& account = s.own_account();
    const std::lock_guard lock(account.lock);
    if (!account.live.insert({handle.id, handle.size, now, tag, handle.device})) {
      ++account.missed;
      return;
    }
    MemoryTagFigures& figures = account.tags[static_cast<std::size_t>(tag)];
    figures.current_bytes += handle.size;
    figures.peak_bytes = std::max(figures.peak_bytes, figures.current_bytes);
    ++figures.blocks, ++figures.allocations;
  }
  if (s.timeline) s.note(handle, tag, true);
}

void MemoryTracker::deallocated(const MemoryHandle& handle) noexcept {
  State& s = *state_;
  if (!s.looks_at(handle.id)) return;
  const LiveTable::Entry entry = s.remove(handle.id);
  if (entry.id == 0) return;  // was missed
  if (s.timeline) s.note(handle, entry.tag, false);
}

MemoryTagFigures MemoryTracker::figures(MemoryTag tag) const {
  const State& s = *state_;
  const auto index = static_cast<std::size_t>(tag);
  const std::lock_guard lock(s.mutex);
  MemoryTagFigures figures;
  std::uint64_t above = 0;  // the most that one account was above what it is at now
  for (State::Account& account : s.accounts) {
    const std::lock_guard guard(account.lock);
    MemoryTagFigures& part = account.tags[index];
    figures.current_bytes += part.current_bytes;
    figures.blocks += part.blocks;
    figures.allocations += part.allocations;
    above = std::max(above, part.peak_bytes - std::min(part.peak_bytes, part.current_bytes));
    part.peak_bytes = part.current_bytes;
  }
  s.peaks[index] = std::max(s.peaks[index], figures.current_bytes + above);
  figures.peak_bytes = s.peaks[index];
  for (std::uint64_t* value : {&figures.current_bytes, &figures.peak_bytes, &figures.blocks, &figures.allocations})
    *value *= s.factor;
  return figures;
}

LeakReport MemoryTracker::live_blocks(std::chrono::nanoseconds age) const {
  const State& s = *state_;
  LeakReport report;
  const std::int64_t now = coarse_time();
  for (State::Account& account : s.accounts)
    for (std::size_t room = 64;; room *= 2) {
      // Room is made without the lock: the list's own memory may come from the pool that waits for it.
      report.blocks.reserve(report.blocks.size() + room);
      const std::lock_guard lock(account.lock);
      if (account.live.size() > room) continue;
      account.live.for_each([&](const LiveTable::Entry& e) {
        const std::chrono::nanoseconds lived(std::max<std::int64_t>(now - e.time_ns, 0));
        if (lived >= age) report.blocks.push_back({e.id, e.size, e.tag, e.device, lived});
      });
      break;
    }
  std::ranges::sort(report.blocks, [](const LiveBlock& a, const LiveBlock& b) {
    return a.age != b.age ? a.age > b.age : a.id < b.id;
  });
  for (const LiveBlock& block : report.blocks) report.bytes += block.size;
  return report;
}

const MemoryTimeline* MemoryTracker::timeline() const noexcept {
  return state_->timeline ? &*state_->timeline : nullptr;
}

std::uint64_t MemoryTracker::missed() const noexcept {
  std::uint64_t missed = 0;
  for (State::Account& account : state_->accounts) {
    const std::lock_guard lock(account.lock);
    missed += account.missed;
  }
  return missed;
}

std::string LeakReport::text() const {
  if (blocks.empty()) return "no live blocks\n";
  std::string text = fmt::format("{} live blocks, {} bytes\n", blocks.size(), bytes);
  for (const LiveBlock& block : blocks)
    text += fmt::format("block {:#x}: {} bytes, {}, {:.3f} s old\n", block.id, block.size, memory_tag_name(block.tag),
                        std::chrono::duration<double>(block.age).count());
  return text;
}

std::string LeakReport::json() const {
  nlohmann::ordered_json json{{"bytes", bytes}, {"blocks", nlohmann::ordered_json::array()}};
  for (const LiveBlock& block : blocks)
    json["blocks"].push_back({{"id", block.id},
                              {"size", block.size},
                              {"tag", memory_tag_name(block.tag)},
                              {"age_seconds", std::chrono::duration<double>(block.age).count()}});
  return json.dump();
}

}  // namespace bitnet
