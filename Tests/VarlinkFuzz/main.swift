import Glibc

// varlink-fuzz EXECUTIONS SEEDS: reads so many mutations, divided among the seeds from 1, and prints
// how many were accepted.
let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard numbers.count == 2, numbers.allSatisfy({ $0 > 0 }) else {
    print("usage: varlink-fuzz EXECUTIONS SEEDS")
    throw CancellationError()
}
var (executions, accepted) = (0, 0)
for seed in 1...numbers[1] {
    var fuzzer = try Fuzzer(seed: UInt64(seed))
    fuzzer.run(numbers[0] / numbers[1])
    executions += fuzzer.executions
    accepted += fuzzer.accepted
    print("\(executions) executions of \(seed) seeds, \(accepted) accepted, 0 traps")
    fflush(nil)
}
