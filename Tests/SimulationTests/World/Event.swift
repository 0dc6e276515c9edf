/// An event of a simulation. An event that is impossible when its turn comes is skipped, so that any list of events is
/// a simulation.
enum Event: Hashable {
    /// A worker starts a run, new or stored.
    case start(worker: Int, run: Int, options: Options)
    /// The body of its pending transaction runs; the salt decides which transactional steps fail, if any.
    case commit(worker: Int, run: Int, salt: UInt64?)
    /// The store refuses to begin a transaction.
    case refuse(worker: Int, run: Int)
    /// The open transactions end.
    case flush(Flush)
    /// One of its running steps ends.
    case finish(worker: Int, run: Int, step: Int, Backend.Verdict)
    /// One of its running steps reports its progress.
    case report(worker: Int, run: Int, step: Int, percent: Int)
    case suspend(worker: Int, run: Int)
    case cancel(worker: Int, run: Int)
    case reset(worker: Int, run: Int)
    /// The process dies, and another starts in its place. Its open transactions are durable or not; those of its
    /// running steps whose bit is set have had their effect.
    case kill(worker: Int, isDurable: Bool, effects: UInt64)
    /// The process stops for a while, perhaps for longer than its lease.
    case pause(worker: Int)
    case wake(worker: Int)
    /// Time passes, in seconds.
    case pass(Int)

    enum Flush: Hashable {
        case durable
        /// Nothing is durable, and the waiting workers get an error.
        case lost
        /// Everything is durable, but the waiting workers get an error.
        case unheard
    }

    struct Options: Hashable {
        var parallelism = 1
        var defersReverts = false
        var neverResolves = false
    }
}

extension Event: CustomStringConvertible {
    var description: String {
        switch self {
        case .start(let worker, let run, let options):
            var text = "w\(worker) takes up run \(run), \(options.parallelism) at a time"
            if options.defersReverts { text += ", defers reverts" }
            if options.neverResolves { text += ", never resolves" }
            return text
        case .commit(let worker, let run, let salt):
            return "w\(worker) writes what it wants to store of run \(run)"
                + (salt.map { ", transactional steps failing by \($0)" } ?? "")
        case .refuse(let worker, let run): return "the store is busy for w\(worker) with run \(run)"
        case .flush(.durable): return "the store makes it durable"
        case .flush(.lost): return "the store fails to make it durable"
        case .flush(.unheard): return "the store makes it durable and says that it failed"
        case .finish(let worker, let run, let step, let verdict):
            return "w\(worker)'s step \(step) of run \(run) ends: \(verdict)"
        case .report(let worker, let run, let step, let percent):
            return "w\(worker)'s step \(step) of run \(run) is at \(percent) %"
        case .suspend(let worker, let run): return "w\(worker) is to suspend run \(run)"
        case .cancel(let worker, let run): return "w\(worker)'s task with run \(run) is cancelled"
        case .reset(let worker, let run): return "w\(worker) resets run \(run)"
        case .kill(let worker, let isDurable, let effects):
            return "w\(worker) is killed, open transactions \(isDurable ? "durable" : "lost"), effects \(effects & 15)"
        case .pause(let worker): return "w\(worker) stands still"
        case .wake(let worker): return "w\(worker) wakes up"
        case .pass(let seconds): return "\(seconds) s pass"
        }
    }
}
