internal import ArgumentParser
internal import Identity
internal import SQL
internal import TaskFlow
internal import VolumeAPI

struct GraphFlow: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw a flow's steps, with what has become of each.",
        discussion: """
            A step that failed has a red border, also when it was reverted since.

            EXAMPLES:
              volumectl flow graph 9c41
              volumectl flow graph 9c41 -o svg > flow.svg
              volumectl flow graph 9c41 -o dot | dot -Tpng > flow.png
            """
    )

    /// The language of a picture.
    enum Language: String, ExpressibleByArgument, CaseIterable {
        case text, dot, mermaid, svg

        func picture(_ picture: FlowPicture) -> String {
            switch self {
            case .text: picture.text
            case .dot: picture.dot
            case .mermaid: picture.mermaid
            case .svg: picture.svg
            }
        }
    }

    @Argument(help: "An id, or at least its first four characters.", completion: .flows)
    var flow: String

    @Option(
        name: [.customShort("o", allowingJoined: true), .customLong("output")],
        help: "For people, or in the language of Graphviz, Mermaid or SVG."
    )
    var language = Language.text

    @OptionGroup var options: ServiceOptions

    var output: OutputOptions { .configured }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let (detail, journal) = try await service.flow(flow)
        for row in journal.unreadable { Console.note("warning: \(row)") }
        guard let shape = try detail.shape?.shape() else { throw VolumeError.withoutShape(detail.id) }
        let picture = FlowPicture(of: shape, named: "\(detail.name) \(detail.subject)", journal: journal.readable)
        try Console.result(language.picture(picture))
    }
}

struct WatchFlow: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a flow's steps until it ends, and exit with the status of its request.",
        discussion: """
            Whichever process runs it. Only looks: 'flow wait' also carries on a flow that
            no process runs. '-o jsonl' prints a step per line.
            """
    )

    @Argument(help: "An id, or at least its first four characters.", completion: .flows)
    var flow: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let id = try await service.flow(flow).detail.id
        try await Signals.hearing {
            var printer = StepPrinter(output, settings.output)
            while true {
                // The record first: what a flow that has ended says after that is complete.
                let (detail, journal) = try await service.flow(id.description)
                try printer.print(detail, journal)
                if detail.state.isFinished { break }
                guard !Signals.isPending else { throw ExitCode(128 + (try await Signals.next())) }
                try await Task.sleep(for: .milliseconds(200))
            }
            try printer.end()
        }
        // It has ended, so that this does not wait, and tells how the request has ended.
        try await service.wait(for: id, control: RequestControl())
    }
}

/// Prints what is new in a flow's journal.
private struct StepPrinter {
    private let output: OutputOptions
    private let format: OutputFormat
    private var (lines, steps) = (0, 0)
    /// The place that the flow waited for when it was last looked at.
    private var place: Place?

    init(_ output: OutputOptions, _ format: OutputFormat) { (self.output, self.format) = (output, format) }

    mutating func print(_ flow: FlowDetail, _ journal: Listing<JournalEntry>) throws {
        if output.quiet {
            if flow.state.isFinished { try Console.result(flow.id.description) }
        } else if format == .json {
            let all = FlowView(flow, journal: journal).steps ?? []
            guard all.count > steps else { return }
            try Console.result(
                piece: Notation.current.text(
                    of: Array(all[steps...]),
                    isFirst: steps == 0,
                    hasHeader: !output.noHeaders
                )
            )
            steps = all.count
        } else {
            if lines == 0 { try Console.result("flow \(flow.id)  \(flow.name) \"\(flow.subject)\"") }
            var timeline = Timeline(flow: flow, journal: Listing(readable: journal.filter { !$0.state.isStart }))
            timeline.showsPlace = false
            // The first line is that of the flow, whose state changes.
            let all = timeline.lines
            try Console.result(Array(all[max(1, lines)...]))
            lines = all.count
            if let place = flow.place, !flow.state.isFinished, place != self.place {
                Console.note("note: it waits for \(place.words)")
            }
            place = flow.place
            if flow.state.isFinished { try Console.result("flow \(flow.id): \(flow.stateWords)") }
        }
    }

    func end() throws {
        guard !output.quiet, format == .json else { return }
        try Console.result(piece: Notation.current.end(afterNone: steps == 0))
    }
}

extension VolumeError {
    fileprivate static func withoutShape(_ flow: FlowID) -> VolumeError {
        VolumeError(
            .conflict,
            "flow \(flow) can't be drawn",
            cause: "an older version of the program stored it, without the order of its steps",
            remedies: [.showFlow(flow)],
            flow: flow
        )
    }
}
