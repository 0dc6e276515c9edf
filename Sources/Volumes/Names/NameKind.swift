public import SQL
public import VolumeAPI

/// The kinds of objects whose names a command line can be completed with.
public enum NameKind: Sendable, Hashable {
    case volumes
    /// As `volume@name`.
    case snapshots
    /// By their own names.
    case snapshotsOf(volume: String)
    case types
    case qosSpecs
    case groups
    case flows
    case projects

    /// The rule of the policy about lists of such objects.
    private var rule: Policy.Rule {
        switch self {
        case .volumes: .listVolumes
        case .snapshots, .snapshotsOf: .listSnapshots
        case .types: .listTypes
        case .qosSpecs: .getQoS
        case .groups: .listGroups
        case .flows: .getFlow
        case .projects: .listProjects
        }
    }

    /// Returns the names that start with `prefix`, of objects that the user may see; at most 500.
    ///
    /// - Parameter connection: a connection to a database of the service.
    /// - Throws: ``SQLError``; nothing if the user may not list such objects.
    public func names(
        startingWith prefix: String,
        for scope: Scope,
        under policy: Policy,
        in connection: any SQLConnection
    ) throws -> [String] {
        guard scope.has(policy.role(for: rule)) else { return [] }
        let (table, project) = (NameTable(connection: connection, prefix: prefix), scope.project)
        switch self {
        case .volumes: return try table.volumes(of: project)
        case .snapshots:
            guard let mark = prefix.firstIndex(of: "@") else { return try table.snapshotsOfVolumes(of: project) }
            let volume = String(prefix[..<mark])
            return try NameTable(connection: connection, prefix: String(prefix[mark...].dropFirst()))
                .snapshots(of: volume, project: project)
                .map { "\(volume)@\($0)" }
        case .snapshotsOf(let volume): return try table.snapshots(of: volume, project: project)
        case .types: return try table.types(for: project)
        case .qosSpecs: return try table.qosSpecs()
        case .groups: return try table.groups(of: project)
        case .flows: return try table.flows(of: project)
        case .projects: return try table.projects()
        }
    }
}
