/// `org.varlink.service`, by which clients find out what there is.
///
/// varlink: service interface; systemd: the errors PermissionDenied and ExpectedMore.
enum StandardInterface {
    static let text = """
        # What every varlink service offers: the names and the descriptions of its interfaces.
        interface org.varlink.service

        # Returns what the service is, and the names of its interfaces.
        method GetInfo() -> (
          vendor: string,
          product: string,
          version: string,
          url: string,
          interfaces: []string
        )

        # Returns the description of an interface.
        method GetInterfaceDescription(interface: string) -> (description: string)

        # The service has no interface of that name.
        error InterfaceNotFound (interface: string)

        # The interface has no method of that name.
        error MethodNotFound (method: string)

        # The interface declares the method, but the service doesn't implement it.
        error MethodNotImplemented (method: string)

        # The parameter is unknown, missing, or has a value that it may not have.
        error InvalidParameter (parameter: string)

        # The caller may not do this.
        error PermissionDenied ()

        # The method answers more than once, and has to be called with 'more'.
        error ExpectedMore ()

        """

    private struct Info: Encodable {
        let vendor: String
        let product: String
        let version: String
        let url: String
        let interfaces: [String]
    }

    private struct Question: Decodable {
        let interface: String
    }

    private struct Description: Encodable {
        let description: String
    }

    static func handlers(_ info: Service.Info, _ names: [String], _ texts: [String: String]) -> [String: Handler] {
        let answer = Info(
            vendor: info.vendor,
            product: info.product,
            version: info.version,
            url: info.url,
            interfaces: names
        )
        return [
            "GetInfo": Handler("GetInfo") { (_: NoParameters, _) in answer },
            "GetInterfaceDescription": Handler("GetInterfaceDescription") { (question: Question, _) in
                guard let text = texts[question.interface] else {
                    throw CallError.interfaceNotFound(question.interface)
                }
                return Description(description: text)
            },
        ]
    }
}
