#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "base/fail.hpp"
#include "base/machine.hpp"
#include "memory/cleanup/strategies.hpp"

namespace bitnet {
namespace {

using std::chrono::nanoseconds;

// How often pressure and idleness are looked at.
constexpr nanoseconds kLook = std::chrono::seconds(1);

nanoseconds steady_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

void check(const std::vector<CleanupTarget>& targets, const CleanupConfig& config) {
  if (targets.empty()) fail_argument("a clean-up manager needs a pool");
  for (const CleanupTarget& target : targets)
    if (!target.pool) fail_argument("a clean-up target has no pool");
  for (const auto& [name, time] :
       {std::pair("idle_after", config.idle_after), std::pair("period", config.period),
        std::pair("generation", config.generation), std::pair("max_cleanup_time", config.max_cleanup_time)})
    if (time.count() <= 0) fail_argument("{} is {} ms: take at least 1", name, time.count());
  for (const auto& [name, share] :
       {std::pair("pressure_threshold", config.pressure_threshold), std::pair("scattered", config.scattered)})
    if (!(share > 0 && share <= 1)) fail_argument("{} is {}: take above 0 to 1", name, share);
}

}  // namespace

std::string_view cleanup_strategy_name(CleanupStrategy strategy) noexcept {
  constexpr std::string_view kNames[kCleanupStrategies] = {"idle",         "pressure", "periodic",  "device",
                                                           "generational", "smart",    "emergency", "compaction"};
  const auto index = static_cast<std::size_t>(strategy);
  return index < kCleanupStrategies ? kNames[index] : "unknown";
}

struct CleanupManager::State {
  // A pool, and what was seen of it.
  struct Watched {
    CleanupTarget target;
    std::uint64_t activity = 0;     // allocations and uses until then
    std::uint64_t largest_use = 0;  // since the last smart clean-up
  };

  std::vector<Watched> pools;
  CleanupConfig config;
  std::shared_ptr<PressureMonitor> monitor;
  Clock clock;

  std::mutex cleaning;                     // of the next five
  std::atomic<std::thread::id> cleaner{};  // who holds it: a callback of a clean-up may ask for another
  nanoseconds idle_since{}, next_generation{}, next_period{}, next_scarce{};
  bool cleaned_idle = false;

  mutable std::mutex mutex;  // of what follows
  std::array<CleanupFigures, kCleanupStrategies> figures{};
  nanoseconds due{};
  bool ending = false;
  std::condition_variable changed;
  std::thread thread;

  // Says who holds `cleaning`.
  struct Cleaner {
    explicit Cleaner(State& s) : state(s) { state.cleaner = std::this_thread::get_id(); }
    ~Cleaner() { state.cleaner = std::thread::id(); }
    State& state;
  };

  CleanupReport clean(CleanupStrategy strategy, const Device* device);
  void look();
  bool is_scarce(MemoryPressure& level);
  std::vector<CleanupReport> tick();
  void keep_ticking();
};

CleanupReport CleanupManager::State::clean(CleanupStrategy strategy, const Device* device) {
  CleanupReport report;
  report.strategy = strategy;
  report.resident_before = resident_bytes();
  const nanoseconds start = clock();
  CleanupConfig settings = config;
  std::function<bool()> stop;
  if (strategy != CleanupStrategy::kEmergency)
    stop = [&] {
      if (clock() - start >= settings.max_cleanup_time) report.complete = false;
      return !report.complete;
    };
  for (Watched& pool : pools) {
    if (device != nullptr && pool.target.pool->device() != *device) continue;
    CleanupTask task{pool.target, settings, stop};
    if (strategy == CleanupStrategy::kSmart) {
      const std::uint64_t held = pool.target.pool->get_metrics().current_bytes;
      task.wanted_again = std::max(pool.largest_use - std::min(pool.largest_use, held),
                                   bytes_that_come_back(*pool.target.pool, config.period));
      pool.largest_use = held;
    }
    cleanup_function(strategy)(task, report);
  }
  report.duration = clock() - start;
  report.resident_after = resident_bytes();
  const std::lock_guard lock(mutex);
  CleanupFigures& sum = figures[static_cast<std::size_t>(strategy)];
  ++sum.runs;
  sum.complete += report.complete ? 1 : 0;
  sum.released_bytes += report.released_bytes;
  sum.compressed_bytes += report.compressed_bytes;
  sum.moved_bytes += report.moved_bytes;
  sum.duration += report.duration;
  sum.longest = std::max(sum.longest, report.duration);
  return report;
}

// Notes use and activity.
void CleanupManager::State::look() {
  for (Watched& pool : pools) {
    const MemoryMetrics metrics = pool.target.pool->get_metrics();
    pool.largest_use = std::max(pool.largest_use, metrics.current_bytes);
    std::uint64_t activity = metrics.allocation_count;
    if (pool.target.movable) activity += pool.target.movable->figures().uses;
    if (activity == pool.activity) continue;
    pool.activity = activity;
    idle_since = clock();
    cleaned_idle = false;
  }
}

bool CleanupManager::State::is_scarce(MemoryPressure& level) {
  level = MemoryPressure::kNone;
  double most = 0;
  for (const Watched& pool : pools) most = std::max(most, pool.target.pool->use_of_limit());
  if (monitor) {
    const PressureReading reading = monitor->poll();
    level = reading.level;
    most = std::max({most, reading.pool, reading.system});
  }
  return most >= config.pressure_threshold;
}

std::vector<CleanupReport> CleanupManager::State::tick() {
  std::vector<CleanupReport> reports;
  if (cleaner == std::this_thread::get_id()) return reports;
  const std::unique_lock lock_cleaning(cleaning, std::try_to_lock);
  if (!lock_cleaning) return reports;
  const Cleaner now_cleaning(*this);
  look();
  const nanoseconds now = clock();
  const auto clean_now = [&](CleanupStrategy strategy) {
    reports.push_back(clean(strategy, nullptr));
    // A restore or an allocation of the clean-up's own is no activity.
    for (Watched& pool : pools) {
      pool.activity = pool.target.pool->get_metrics().allocation_count;
      if (pool.target.movable) pool.activity += pool.target.movable->figures().uses;
    }
    return reports.back().complete;
  };
  MemoryPressure level;
  if (now >= next_scarce && is_scarce(level)) {
    next_scarce = now + kLook;
    clean_now(level == MemoryPressure::kCritical ? CleanupStrategy::kEmergency : CleanupStrategy::kPressure);
  }
  // One that was stopped is due again at once.
  if (!cleaned_idle && now - idle_since >= config.idle_after) cleaned_idle = clean_now(CleanupStrategy::kIdle);
  if (now >= next_generation) {
    for (Watched& pool : pools) pool.target.pool->advance_generation();
    next_generation = now + config.generation;
    clean_now(CleanupStrategy::kGenerational);
  }
  if (now >= next_period) {
    next_period = now + config.period;
    clean_now(CleanupStrategy::kPeriodic);
    clean_now(CleanupStrategy::kSmart);
    if (std::ranges::any_of(pools, [&](const Watched& pool) {
          return pool.target.movable && pool.target.pool->get_metrics().external_fragmentation >= config.scattered;
        }))
      clean_now(CleanupStrategy::kCompaction);
  }
  nanoseconds next = std::min(next_generation, next_period);
  if (!cleaned_idle) next = std::min(next, idle_since + config.idle_after);
  const std::lock_guard lock_due(mutex);
  due = std::min(std::max(next, now), now + kLook);
  return reports;
}

void CleanupManager::State::keep_ticking() {
  for (;;) {
    {
      std::unique_lock lock(mutex);
      const nanoseconds pause = std::clamp<nanoseconds>(due - clock(), std::chrono::milliseconds(1), kLook);
      if (changed.wait_for(lock, pause, [&] { return ending; })) return;
    }
    try {
      tick();
    } catch (const std::exception&) {
      // For want of memory: the next tick tries again.
    }
  }
}

CleanupManager::CleanupManager(std::vector<CleanupTarget> targets, const CleanupConfig& config,
                               std::shared_ptr<PressureMonitor> monitor, Clock clock)
    : state_(std::make_unique<State>()) {
  check(targets, config);
  State& s = *state_;
  for (CleanupTarget& target : targets) s.pools.push_back({std::move(target)});
  s.config = config;
  s.monitor = std::move(monitor);
  s.clock = clock ? std::move(clock) : steady_now;
  s.idle_since = s.clock();
  s.next_generation = s.idle_since + config.generation;
  s.next_period = s.idle_since + config.period;
  s.look();
  if (config.enable_automatic_cleanup) s.thread = std::thread([&s] { s.keep_ticking(); });
}

CleanupManager::~CleanupManager() {
  if (!state_->thread.joinable()) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

CleanupReport CleanupManager::run(CleanupStrategy strategy, Device device) {
  State& s = *state_;
  if (static_cast<std::size_t>(strategy) >= kCleanupStrategies) fail_argument("there is no such clean-up strategy");
  if (s.cleaner == std::this_thread::get_id()) {
    CleanupReport none;
    none.strategy = strategy, none.complete = false;
    return none;
  }
  const std::lock_guard lock(s.cleaning);
  const State::Cleaner now_cleaning(s);
  s.look();
  return s.clean(strategy, strategy == CleanupStrategy::kDevice ? &device : nullptr);
}

std::vector<CleanupReport> CleanupManager::tick() { return state_->tick(); }

nanoseconds CleanupManager::next_due() const {
  const std::lock_guard lock(state_->mutex);
  return state_->due;
}

CleanupFigures CleanupManager::figures(CleanupStrategy strategy) const {
  const std::lock_guard lock(state_->mutex);
  return state_->figures[static_cast<std::size_t>(strategy)];
}

}  // namespace bitnet
