internal import ArgumentParser
internal import Foundation
internal import Identity
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// An object that a person asks to remove.
struct Removable<View: Encodable> {
    /// `volume` or `snapshot`.
    let noun: String
    let id: String
    let label: String
    let size: ByteCount
    let pool: String?
    /// The question that a person must confirm.
    let question: String
    /// The object, with the status that the removal gives it.
    let view: View
    /// Removes the object and returns the flow that removes it.
    let remove: @Sendable (any VolumeClient, RequestControl) async throws -> FlowID
}

/// A command that removes objects one after the other, asks before each, and exits with the worst status.
protocol RemovingCommand: WaitingCommand, ChangingCommand {
    associatedtype View: Encodable
    /// The names or ids of the objects.
    var references: [String] { get }
    var yes: Bool { get }
    var ifExists: Bool { get }
    /// Finds an object: by the beginning of an id only if a person is asked, because that is a guess.
    func removable(_ reference: String, _ service: any VolumeClient) async throws -> Removable<View>
    /// Finds what is to be removed.
    ///
    /// - Returns: the names or ids, and whether a person has agreed to the removal of them all; `nil` if there is nothing to do
    ///   or the person has not agreed.
    func targets(
        _ service: any VolumeClient,
        _ settings: Settings
    ) async throws -> (references: [String], isAgreed: Bool)?
}

extension RemovingCommand {
    /// The status of an object that is removed; `nil` in a dry run, which leaves the object as it is.
    var status: String? { rehearsal.dryRun ? nil : wait.noWait ? "deleting" : "deleted" }

    var deed: String { "remove \(references.map { "\"\($0)\"" }.joined(separator: ", "))" }

    /// Finds out of each object whether it would be removed.
    func rehearse(_ service: any VolumeClient, _ settings: Settings) async throws {
        try await run(service, settings)
        Console.note("note: nothing was changed")
    }

    func targets(
        _ service: any VolumeClient,
        _ settings: Settings
    ) async throws -> (references: [String], isAgreed: Bool)? { (references, yes) }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        guard let (references, isAgreed) = try await targets(service, settings) else { return }
        var removed: [Removable<View>] = []
        var worst: Int32 = 0
        var isDeclined = false
        let interruption = Interruption(.waits("a removal"), startWorker: options.startWorker)
        for (number, reference) in references.enumerated() {
            if let exitCode = interruption.exitCode {
                Console.note("note: interrupted, not removed: \(references[number...].joined(separator: ", "))")
                worst = exitCode.rawValue
                break
            }
            do {
                let object = try await removable(reference, service)
                guard isAgreed || rehearsal.dryRun || Confirmation.ask(object.question) else {
                    Console.note("note: \(object.label) is kept")
                    isDeclined = true
                    continue
                }
                let control = number == 0 && yes ? wait.control : wait.controlFromNow
                let flow = try await interruption.guarding(reporting: settings.output) {
                    [remove = object.remove, isRehearsed = rehearsal.dryRun] in
                    guard isRehearsed else { return try await remove(service.telling(interruption.tell), control) }
                    _ = try await service.rehearse { _ = try await remove(service, control) }
                    return control.flow
                }
                removed.append(object)
                try print(object, flow, as: settings.output)
            } catch let error as VolumeError where error.code == .notFound && ifExists {
                Console.note("note: \(error.message)")
            } catch let error as VolumeError {
                Console.report(error, as: settings.output)
                worst = max(worst, error.code.exitStatus)
            }
        }
        if settings.output == .json && !output.quiet && (worst == 0 || !removed.isEmpty) {
            if rehearsal.dryRun {
                try Console.result(json: removed.map(RehearsedRemoval.init))
            } else {
                try Console.result(json: removed.map(\.view))
            }
        }
        if worst == 0 && isDeclined { worst = ExitStatus.endedByPerson }
        if worst != 0 { throw ExitCode(worst) }
    }

    /// Prints an object's line; JSON is printed at the end, as one list.
    private func print(_ object: Removable<View>, _ flow: FlowID, as format: OutputFormat) throws {
        if output.quiet {
            try Console.result(wait.noWait && !rehearsal.dryRun ? flow.description : object.id)
        } else if format == .json {
            return
        } else if rehearsal.dryRun {
            try Console.result("would remove \(object.noun) \"\(object.label)\", \(object.size)")
        } else if wait.noWait {
            try Console.result("flow \(flow): removing \(object.noun) \"\(object.label)\", \(object.size)")
        } else {
            try Console.result("\(object.label)  \(object.size)  pool \(object.pool ?? "-")  deleted")
        }
    }
}

/// An object that would be removed, as JSON: its own keys and those of a dry run.
private struct RehearsedRemoval<View: Encodable>: Encodable {
    private enum CodingKeys: CodingKey { case dryRun, would }

    let object: Removable<View>

    init(_ object: Removable<View>) { self.object = object }

    func encode(to encoder: any Encoder) throws {
        try object.view.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(true, forKey: .dryRun)
        try container.encode("remove \(object.noun) \"\(object.label)\"", forKey: .would)
    }
}
