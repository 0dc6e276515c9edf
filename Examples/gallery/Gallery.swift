/// An example of the gallery.
protocol Example: SendableMetatype {
    /// The name on the command line: `swift run example-gallery calculate-linear`.
    static var name: String { get }

    init()

    func run() async throws
}

/// Runs the example that is named on the command line, or lists all of them.
@main
enum Gallery {
    static let examples: [any Example.Type] = [
        SimpleLinearPass.self, CalculateLinear.self, CalculateInParallel.self, GraphOfSums.self,
        DistanceCalculator.self, PseudoScoping.self, BuildACar.self, BuildSystem.self, SwitchGraphFlow.self,
        SimpleMapReduce.self, ParallelTableMultiply.self, ShareEngineThread.self, RetryFlow.self,
        WrappedException.self, DelayedReturn.self, RunByIter.self, RunByIterEnumerate.self, EchoListener.self,
        TimingListener.self, FakeBilling.self, CreateParallelVolume.self, PersistenceExample.self,
        DumpMemoryBackend.self,
        ResumeFromBackend.self, ResumeManyFlows.self, ResumeVolumeCreate.self, ResumeVMBoot.self,
    ]

    static func main() async throws {
        guard let name = CommandLine.arguments.dropFirst().first else {
            for example in examples { print(example.name) }
            return
        }
        guard let example = examples.first(where: { $0.name == name }) else {
            print("There is no example '\(name)'. Without a name, all are listed.")
            endProcess(64)
        }
        try await example.init().run()
    }
}
