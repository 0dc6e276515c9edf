package import SQL
package import Volumes

extension VolumeService {
    /// The service that a configuration describes, on a database that is open.
    ///
    /// - Throws: what opening the service throws.
    package init(_ configuration: ServiceConfiguration, on database: any SQLDatabase) throws {
        try self.init(
            database: database,
            pools: configuration.pools,
            limits: configuration.limits,
            policy: configuration.policy,
            scheduling: configuration.scheduling,
            scope: configuration.scope,
            host: configuration.host
        )
    }
}
