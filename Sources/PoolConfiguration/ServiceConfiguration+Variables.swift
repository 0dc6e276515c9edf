extension ServiceConfiguration {
    /// The environment variables with fixed names, in alphabetical order.
    package static var variables: [String] { ConfigurationSchema.environmentNames.sorted() }
}
