// Made-up answers of lienxa-hub-web to its reads, by path ("/api/reports/*" is any
// one below), and to commands ("command report.move"). Page authors add theirs:
// the shapes are the API's, the content is invented but possible.
export default {
};
