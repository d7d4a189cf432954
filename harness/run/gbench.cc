// SPDX-License-Identifier: MIT
#include "harness/run/gbench.h"

#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

namespace
{

// The run prints its own lines as each child ends; Google Benchmark would hold them back.
class silent_reporter : public benchmark::BenchmarkReporter
{
  public:
    bool ReportContext(const Context &) override
    {
        return true;
    }
    void ReportRuns(const std::vector<Run> &) override
    {
    }
};

void run_one(benchmark::State &state, const gbench_plan *plan, size_t index)
{
    for (auto _ : state) {
        gbench_outcome outcome = {};
        plan->measure(plan->context, index, &outcome);
        state.SetIterationTime(outcome.seconds);
        for (size_t i = 0; outcome.counters && i < plan->counter_count; i++)
            if (!std::isnan(outcome.counters[i]))
                state.counters[plan->counter_names[i]] = outcome.counters[i];
        if (outcome.error) {
            state.SkipWithError(outcome.error);
            break;
        }
    }
}

} // namespace

extern "C" void gbench_run(const gbench_plan *plan)
{
    std::vector<std::string> texts = {"growbench"};
    texts.push_back(std::string("--benchmark_enable_random_interleaving=") +
                    (plan->shuffle ? "true" : "false"));
    texts.insert(texts.end(), plan->arguments, plan->arguments + plan->argument_count);
    std::vector<char *> argv;
    for (auto &text : texts)
        argv.push_back(&text[0]);
    argv.push_back(nullptr);
    int argc = static_cast<int>(texts.size());
    benchmark::Initialize(&argc, argv.data());

    for (size_t i = 0; i < plan->count; i++)
        benchmark::RegisterBenchmark(plan->names[i],
                                     [plan, i](benchmark::State &state) { run_one(state, plan, i); })
            ->Iterations(1)
            ->Repetitions(plan->repetitions)
            ->UseManualTime();
    silent_reporter silent;
    if (plan->print)
        benchmark::RunSpecifiedBenchmarks();
    else
        benchmark::RunSpecifiedBenchmarks(&silent);
    benchmark::Shutdown();
}
