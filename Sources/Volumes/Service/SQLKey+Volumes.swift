internal import SQL
internal import SQLStore
internal import VolumeAPI
internal import VolumeDriver

extension SQLKey.Kind {
    /// The space of pools.
    fileprivate static let space = SQLKey.Kind(rank: 200, name: "space")
    /// The marks of pools.
    fileprivate static let marks = SQLKey.Kind(rank: 300, name: "marks")
}

extension SQLKey {
    /// The key of a project: of its volumes and snapshots with their uses, and of its quota. The flows of a project have it as
    /// their scope.
    static func project(_ project: String) -> SQLKey { .scope(project) }

    /// The key of the marks by which the database knows the pools, and of changes of the records of several pools.
    static let marks = SQLKey(.marks, "")

    /// The key of the room in a pool. Pools with the same backing have one room.
    static func space(of report: PoolReport) -> SQLKey { SQLKey(.space, report.capacity?.backing ?? report.name) }
}
