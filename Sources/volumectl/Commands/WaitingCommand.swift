internal import ArgumentParser
internal import Foundation
internal import VolumeAPI

/// A command that runs a flow, and by default waits for its end.
protocol WaitingCommand: ServiceCommand {
    var wait: WaitOptions { get }
    /// How to show the progress of data that the flow moves.
    var progressFormat: ProgressOptions.Format { get }
}

extension WaitingCommand {
    var timeout: TimeSpan? { wait.timeout }
    /// By default nothing is moved.
    var progressFormat: ProgressOptions.Format { .none }

    /// Makes a request that a person can interrupt.
    ///
    /// - Parameters:
    ///   - meaning: what the first signal means to the flow.
    ///   - control: how long to wait, unless as the options say.
    func carryOut<Result: Sendable>(
        _ meaning: Interruption.Meaning,
        by service: any VolumeClient,
        _ settings: Settings,
        control: RequestControl? = nil,
        _ request: @escaping @Sendable (any VolumeClient, RequestControl) async throws -> Result
    ) async throws -> Result {
        let interruption = Interruption(meaning, startWorker: options.startWorker)
        let control = control ?? wait.control
        let meter = TransferMeter(progressFormat)
        defer { meter.end() }
        let service = service.telling { phase in
            if case .transferring(let progress) = phase { meter.show(progress) }
            interruption.tell(phase)
        }
        return try await interruption.guarding(reporting: settings.output) { try await request(service, control) }
    }
}
