internal import SQLStore
internal import TaskFlow
public import VolumeAPI

extension VolumeService {
    /// Makes all checks of the request that `body` makes of this service, without changing anything.
    ///
    /// The request runs as always, except that its transactions are rolled back, and that it ends before the first step
    /// that would touch a backend, before it would carry on a flow, and before it would wait for one. `body` is left with
    /// an error at that point.
    ///
    /// - Throws: what the request would throw, as far as that can be known beforehand.
    public func rehearse(_ body: () async throws -> Void) async throws -> Rehearsal {
        let rehearsal = StoreRehearsal()
        do {
            try await SQLStore.$rehearsal.withValue(rehearsal) { try await body() }
        } catch {
            if rehearsal.end == nil { throw (error as? VolumeError)?.without(rehearsal) ?? error }
        }
        return switch rehearsal.end {
        case .starts(let flow): .starts(operation: flow.name)
        case .resumes(let flow): .resumes(flow)
        case .waits(let flow): .waits(for: flow.id)
        case nil: rehearsal.hasWritten ? .changes : .nothing
        }
    }
}

extension VolumeError {
    /// The same failure without the flow that was rolled back.
    fileprivate func without(_ rehearsal: StoreRehearsal) -> VolumeError {
        guard let flow, rehearsal.hasBegun(flow) else { return self }
        return VolumeError(
            code,
            message,
            cause: cause,
            remedies: remedies.filter { $0 != .showFlow(flow) },
            verdicts: verdicts
        )
    }
}
